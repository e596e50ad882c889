/** n8n's own execution context with its own HTTP helper, for what needs one without a workflow around it. */
import { join } from 'node:path';
import type { IExecuteFunctions, INode, INodeExecutionData, INodeParameters } from 'n8n-workflow';
import { EngineCredentials } from '../../engine/harness/credentials.mts';
import { additionalData } from '../../engine/harness/execution.mts';
import { core, startN8n, workflow as n8nWorkflow } from '../../engine/harness/n8n.mts';
import { PackageTypes } from '../../engine/harness/nodeTypes.mts';

export interface ContextOptions {
	apiKey: string;
	baseUrl: string;
	signal?: AbortSignal;
	items?: INodeExecutionData[];
	parameters?: INodeParameters;
	continueOnFail?: boolean;
	timezone?: string;
}

let loading: Promise<PackageTypes> | undefined;

export async function createContext(options: ContextOptions): Promise<IExecuteFunctions> {
	await startN8n();
	loading ??= PackageTypes.load(join(import.meta.dirname, '../../..'));
	const types = await loading;
	const { apiKey, baseUrl, items = [{ json: {} }], parameters = {} } = options;
	const credentials = new EngineCredentials(
		(name) => types.credential(name),
		(name) => types.nodesWithCredential(name),
	);
	const node: INode = {
		id: '1',
		name: 'Next Matter',
		type: types.fullName('nextMatter'),
		typeVersion: 1,
		position: [0, 0],
		parameters,
		credentials: credentials.save({ nextMatterApi: { apiKey, baseUrl } }),
		...(options.continueOnFail && { onError: 'continueRegularOutput' as const }),
	};
	const workflow = new n8nWorkflow.Workflow({
		id: 'w',
		active: false,
		nodes: [node],
		connections: {},
		nodeTypes: types,
		settings: { timezone: options.timezone ?? 'Europe/Berlin' },
	});
	const input = { main: [items] };
	return new core.ExecuteContext(
		workflow,
		node,
		additionalData(credentials, 'manual'),
		'manual',
		n8nWorkflow.createRunExecutionData({}),
		0,
		items,
		input,
		{ node, data: input, source: null },
		[],
		options.signal,
	);
}
