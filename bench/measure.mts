// One measured run: a workflow in the real n8n, and what the sandbox saw of it.
import type { Workflow } from '../scripts/n8n-instance.mts';
import { environment } from '../test/n8n/environment.mts';
import { START } from '../test/n8n/workflows.mts';

export interface Measured {
	/** Time that n8n itself noted for the nodes behind the trigger, retries and their waits included. */
	ms: number;
	requests: number;
	/** Most requests that were open at the same time. */
	inFlight: number;
	/** Requests that were answered with 429. */
	throttled: number;
	/** How the execution ended. */
	status: string;
	/** Items that came out of the last node. */
	items: number;
	/** Those of them that stand for a failed item. */
	failedItems: number;
}

export async function measure(workflow: Workflow): Promise<Measured> {
	const { client, credential, sandbox } = environment();
	const id = await client.importWorkflow(workflow, { nextMatterApi: credential });
	sandbox.requests.length = 0;
	const execution = await client.runWorkflow(id, START, 600_000);
	const requests = [...sandbox.requests];
	const { runData } = execution.data.resultData;
	const last = workflow.nodes.at(-1)!.name;
	const items = runData[last] ? execution.items(last) : [];
	// Executions are large; a data base that grows would slow down the later runs.
	await client.rest('POST', '/executions/delete', { ids: [execution.id] });
	if (sandbox.state.internalFaults.length > 0) {
		throw new Error(`The sandbox broke its own schema: ${sandbox.state.internalFaults[0]}`);
	}
	return {
		ms: Object.entries(runData)
			.filter(([name]) => name !== START)
			.flatMap(([, runs]) => runs)
			.reduce((sum, { executionTime }) => sum + executionTime, 0),
		requests: requests.length,
		inFlight: Math.max(0, ...requests.map(({ inFlight }) => inFlight)),
		throttled: requests.filter(({ status }) => status === 429).length,
		status: execution.status,
		items: items.length,
		failedItems: items.filter(({ json, error }) => error !== undefined || json.error !== undefined).length,
	};
}

/** The run with the median time. */
export function median<T extends { ms: number }>(runs: T[]): T {
	const sorted = runs.toSorted((a, b) => a.ms - b.ms);
	return sorted[Math.floor((sorted.length - 1) / 2)]!;
}
