/** One execution of a workflow by n8n's engine. */
import type {
	ExecutionError,
	IDataObject,
	INodeExecutionData,
	IRun,
	IWorkflowBase,
	IWorkflowExecuteAdditionalData,
	Workflow,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import type { EngineCredentials } from './credentials.mts';
import { core, service, workflow as n8nWorkflow } from './n8n.mts';
import type { Item, Mode, NodeResult, WorkflowOptions, WorkflowResult } from './types.mts';

const SITE = 'http://n8n.example';

let executions = 0;

/** What n8n's server hands to the engine: who keeps the credentials, and where the server is. */
export function additionalData(
	credentialsHelper: EngineCredentials,
	mode: WorkflowExecuteMode,
): IWorkflowExecuteAdditionalData {
	const executionId = String(++executions);
	const notHere = () => {
		throw new Error('Not part of this harness');
	};
	return {
		credentialsHelper,
		hooks: new core.ExecutionLifecycleHooks(mode, executionId, {
			id: 'test-workflow',
			name: 'Test',
		} as IWorkflowBase),
		executionId,
		workflowId: 'test-workflow',
		currentNodeExecutionIndex: 0,
		variables: {},
		// Full addresses: the engine builds URLs from them, and an empty one is refused.
		instanceBaseUrl: `${SITE}/`,
		restApiUrl: `${SITE}/rest`,
		webhookBaseUrl: `${SITE}/webhook`,
		webhookTestBaseUrl: `${SITE}/webhook-test`,
		webhookWaitingBaseUrl: `${SITE}/webhook-waiting`,
		formBaseUrl: `${SITE}/form`,
		formTestBaseUrl: `${SITE}/form-test`,
		formWaitingBaseUrl: `${SITE}/form-waiting`,
		mcpBaseUrl: `${SITE}/mcp`,
		mcpTestBaseUrl: `${SITE}/mcp-test`,
		externalSecretsProxy: service(core.ExternalSecretsProxy),
		setExecutionStatus: () => {},
		logAiEvent: () => {},
		getRunExecutionData: async () => undefined,
		getRuntimeCredential: async () => undefined,
		executeWorkflow: notHere,
		startRunnerTask: notHere,
	};
}

/** Runs a workflow from its trigger, which gets `items` as its data. */
export async function execute(
	workflow: Workflow,
	credentials: EngineCredentials,
	{ items = [{}], mode = 'manual', pinData, signal }: WorkflowOptions,
): Promise<WorkflowResult> {
	const start = workflow.getStartNode();
	if (!start) throw new Error('The workflow has no trigger to start from');
	const data = { main: [structuredClone(items).map(asItem)] };
	const runData = n8nWorkflow.createRunExecutionData({
		resultData: { pinData },
		executionData: { nodeExecutionStack: [{ node: start, data, source: null }] },
	});
	try {
		const promise = new core.WorkflowExecute(additionalData(credentials, mode), mode, runData).processRunExecutionData(
			workflow,
		);
		const cancel = () => promise.cancel();
		if (signal?.aborted) cancel();
		signal?.addEventListener('abort', cancel, { once: true });
		return result(await promise);
	} catch (error) {
		// Before the first node: a required parameter is missing. n8n's server records it like this.
		return result(failedBeforeStart(error, mode));
	}
}

function asItem(item: Item): INodeExecutionData {
	const isItem = typeof item.json === 'object' && item.json !== null;
	return isItem ? (item as INodeExecutionData) : { json: item as IDataObject };
}

function failedBeforeStart(error: ExecutionError, mode: Mode): IRun {
	return {
		mode,
		status: 'error',
		startedAt: new Date(),
		stoppedAt: new Date(),
		storedAt: 'db',
		data: n8nWorkflow.createRunExecutionData({ resultData: { error } }),
	};
}

function result(run: IRun): WorkflowResult {
	const { runData, error } = run.data.resultData;
	const nodes: Record<string, NodeResult> = {};
	for (const [name, tasks] of Object.entries(runData)) {
		const { data, error: nodeError, hints } = tasks[tasks.length - 1];
		const [items, errorItems] = data?.main ?? [];
		nodes[name] = {
			items: items ?? [],
			errorItems: errorItems ?? [],
			...(nodeError && { error: nodeError }),
			hints: hints ?? [],
		};
	}
	return { status: run.status, ...(error && { error }), nodes, run };
}
