// Small workflows for the tests: a trigger with given items, one Next Matter node, and what follows it.
import type { Execution, Item, Json, Workflow, WorkflowNode } from '../../scripts/n8n-instance.mts';
import { environment } from './environment.mts';

export const NODE_TYPE = 'n8n-nodes-nextmatter.nextMatter';
export const TRIGGER_TYPE = 'n8n-nodes-nextmatter.nextMatterTrigger';
export const START = 'Start';
export const NODE = 'Next Matter';

export const byId = (value: unknown) => ({ __rl: true, mode: 'id', value: String(value) });

interface RunOptions {
	/** The trigger's items; by default one without data. */
	items?: Json[];
	/** Files of the first item. */
	binary?: Json;
	onError?: WorkflowNode['onError'];
	/** Nodes after the Next Matter node, in a row. */
	then?: Array<Omit<WorkflowNode, 'position'>>;
}

export function workflowWith(
	parameters: Json,
	{ items = [{}], binary, onError, then = [] }: RunOptions = {},
): Workflow {
	const nodes: WorkflowNode[] = [
		{ name: START, type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, position: [0, 0], parameters: {} },
		{
			name: NODE,
			type: NODE_TYPE,
			typeVersion: 1,
			position: [220, 0],
			parameters,
			credentials: { nextMatterApi: {} },
			...(onError && { onError }),
		},
		...then.map((node, index): WorkflowNode => ({ ...node, position: [440 + 220 * index, 0] }) as WorkflowNode),
	];
	const names = nodes.map(({ name }) => name);
	const connections = Object.fromEntries(
		names.slice(0, -1).map((name, index) => [name, { main: [[{ node: names[index + 1]!, type: 'main', index: 0 }]] }]),
	);
	const pinned = items.map((json, index) => ({ json, ...(index === 0 && binary && { binary }) }));
	// Pinned data makes the trigger give these items.
	return { name: 'Test', nodes, connections, pinData: { [START]: pinned } };
}

/** Runs one operation in n8n. */
export async function runNode(parameters: Json, options: RunOptions = {}): Promise<Execution> {
	const { client, credential } = environment();
	const id = await client.importWorkflow(workflowWith(parameters, options), { nextMatterApi: credential });
	return await client.runWorkflow(id, START);
}

/** What went wrong, for the message of an assertion. */
export function trouble({ status, error }: Execution): string {
	return `The execution ended with "${status}": ${error?.message ?? ''} ${error?.description ?? ''}`;
}

/** The index of the input item that an item came from. */
export function sourceOf({ pairedItem }: Item): number | undefined {
	const link = Array.isArray(pairedItem) ? pairedItem[0] : pairedItem;
	return typeof link === 'number' ? link : (link as { item?: number } | undefined)?.item;
}
