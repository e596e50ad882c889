/**
 * Runs the built nodes in n8n's own engine, in this process.
 *
 * Real are: the execution engine with its production expression engine, the package as n8n's loader
 * reads it (`package.json` -> `dist`), the HTTP helpers, item linking, error branches, retry and
 * cancelling. What n8n's server adds around that is in `credentials.mts` and `credentialTest.mts`.
 * The other side is a real HTTP server on loopback: a sandbox.
 *
 * ```ts
 * const engine = await createEngine({ credentials: { nextMatterApi: { apiKey, baseUrl } } });
 * const { items } = await engine.run({
 * 	parameters: { resource: 'instance', operation: 'get', instanceId: '={{ $json.id }}' },
 * 	items: [{ id: 1 }, { id: 2 }],
 * });
 * ```
 */
import { join } from 'node:path';
import type {
	IBinaryData,
	ICredentialDataDecryptedObject,
	ICredentialType,
	ILoadOptionsFunctions,
	INode,
	INodeCredentialTestResult,
	INodeListSearchResult,
	INodePropertyOptions,
	INodeType,
	INodeTypeDescription,
	ResourceMapperFields,
	Workflow,
} from 'n8n-workflow';
import { EngineCredentials } from './credentials.mts';
import { testCredential } from './credentialTest.mts';
import { additionalData, execute } from './execution.mts';
import { core, service, startN8n, storeFiles, workflow as n8nWorkflow } from './n8n.mts';
import { PackageTypes } from './nodeTypes.mts';
import type {
	CredentialFields,
	EditorOptions,
	EngineOptions,
	ListOptions,
	NodeOptions,
	PollOptions,
	PollResult,
	RunOptions,
	RunResult,
	WorkflowJson,
	WorkflowOptions,
	WorkflowResult,
} from './types.mts';

export type * from './types.mts';

/** The names of the two nodes that `run` makes. */
export const SOURCE = 'Items';
export const NODE = 'Node under test';

const REPOSITORY = join(import.meta.dirname, '../../..');

/** @throws when the package was not built, or does not load */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
	await startN8n();
	storeFiles(options.files ?? 'memory');
	const types = await PackageTypes.load(options.packageRoot ?? REPOSITORY);
	return new Engine(types, options.credentials ?? {});
}

/** A file for an item: `{ json: {}, binary: { data: file('…', 'a.txt', 'text/plain') } }` */
export function file(content: string | Buffer, fileName: string, mimeType: string): IBinaryData {
	return { data: Buffer.from(content).toString('base64'), fileName, mimeType };
}

export class Engine {
	private readonly types: PackageTypes;

	private readonly credentials: EngineCredentials;

	private readonly defaultCredentials: CredentialFields;

	private readonly closing = new AbortController();

	/** Use `createEngine`. */
	constructor(types: PackageTypes, defaultCredentials: CredentialFields) {
		this.types = types;
		this.defaultCredentials = defaultCredentials;
		this.credentials = new EngineCredentials(
			(name) => types.credential(name),
			(name) => types.nodesWithCredential(name),
		);
	}

	/** Runs `items -> node`, as a user's workflow would. */
	async run(options: RunOptions): Promise<RunResult> {
		const node = { ...this.node(options), ...options.settings };
		if (options.onError) node.onError = options.onError;
		const workflow = this.workflow({
			nodes: [itemsNode(), node],
			connections: { [SOURCE]: { main: [[{ node: NODE, type: 'main', index: 0 }]] } },
			settings: settings(options),
		});
		const { status, error, nodes, run } = await this.execute(workflow, options);
		const result = nodes[NODE] ?? { items: [], errorItems: [], hints: [] };
		return { ...result, ...(error && { error }), status, run };
	}

	/**
	 * Runs a whole workflow from its trigger, such as an example. Its nodes get the credentials of
	 * the types that they use; the core nodes that work here are in `standIns.mts`.
	 */
	async runWorkflow(json: WorkflowJson, options: WorkflowOptions = {}): Promise<WorkflowResult> {
		const nodes = json.nodes.map((node) => ({
			...node,
			credentials: this.nodeCredentials(node, options.credentials),
		}));
		const workflow = this.workflow({ ...json, nodes });
		return await this.execute(workflow, { pinData: json.pinData, ...options });
	}

	/** The entries of a list in the editor, as the user opens it, types into it or scrolls down. */
	async listSearch(method: string, options: ListOptions): Promise<INodeListSearchResult> {
		return await this.inEditor(options, async (context, { listSearch }) => {
			const search = found(listSearch, method);
			return await search.call(context, options.filter, options.paginationToken);
		});
	}

	/** The options of a drop-down in the editor. */
	async loadOptions(method: string, options: EditorOptions): Promise<INodePropertyOptions[]> {
		return await this.inEditor(options, async (context, { loadOptions }) => {
			return await found(loadOptions, method).call(context);
		});
	}

	/** The fields that a resource mapper shows in the editor. */
	async resourceMapperFields(method: string, options: EditorOptions): Promise<ResourceMapperFields> {
		return await this.inEditor(options, async (context, { resourceMapping }) => {
			return await found(resourceMapping, method).call(context);
		});
	}

	/** What the user reads after saving a credential; `type` defaults to the package's first. */
	async credentialTest(
		fields: ICredentialDataDecryptedObject,
		type = this.types.credentialNames[0],
	): Promise<INodeCredentialTestResult> {
		const { types, credentials } = this;
		const data = additionalData(credentials, 'internal');
		return await testCredential({ types, credentials, additionalData: data }, type, fields);
	}

	/** What is saved now for the fields, such as the ticket of a log-in. */
	savedCredential(
		fields: ICredentialDataDecryptedObject,
		type = this.types.credentialNames[0],
	): ICredentialDataDecryptedObject {
		return this.credentials.saved(type, fields);
	}

	/** One poll of a polling trigger. */
	async poll(options: PollOptions): Promise<PollResult> {
		const { mode = 'trigger', budget = 300_000 } = options;
		const workflow = this.workflow(
			{
				nodes: [this.node(options, 'trigger')],
				connections: {},
				// n8n saves it as JSON between two polls.
				staticData: { [`node:${NODE}`]: asJson(options.staticData ?? {}) },
				settings: settings(options),
			},
			mode === 'trigger',
		);
		const node = workflow.nodes[NODE];
		const context = new core.PollContext(
			workflow,
			node,
			additionalData(this.credentials, mode),
			mode,
			mode === 'manual' ? 'manual' : 'activate',
			...([undefined, undefined, undefined, undefined, undefined] as const),
			() => budget,
		);
		const output = await workflow.expression.withIsolate(
			async () => await service(core.TriggersAndPollers).runPollFunction(workflow, node, context),
		);
		const staticData = asJson(workflow.getStaticData('node', node));
		return { items: output?.[0] ?? null, staticData };
	}

	/** A node type's description as n8n has it after loading (codex, icon addresses, version). */
	description(node: string, typeVersion?: number): INodeTypeDescription {
		return this.types.getByNameAndVersion(this.types.fullName(node), typeVersion).description;
	}

	credentialType(name: string): ICredentialType {
		return this.types.credential(name);
	}

	/** Names of all nodes and credentials of the package. */
	get names(): { nodes: string[]; credentials: string[] } {
		return { nodes: this.types.nodeNames, credentials: this.types.credentialNames };
	}

	/** The bytes of a file in an item, wherever n8n stores it. */
	async fileContent(binary: IBinaryData): Promise<Buffer> {
		return await service(core.BinaryDataService).getAsBuffer(binary);
	}

	/** Stops what still runs. n8n itself stays for the next engine of this process. */
	close(): void {
		this.closing.abort();
	}

	private async execute(workflow: Workflow, options: WorkflowOptions): Promise<WorkflowResult> {
		const signals = [this.closing.signal, ...(options.signal ? [options.signal] : [])];
		return await execute(workflow, this.credentials, {
			...options,
			signal: AbortSignal.any(signals),
		});
	}

	private node(options: NodeOptions, kind: 'action' | 'trigger' = 'action'): INode {
		const type = this.types.fullName(options.node ?? this.types.defaultNode(kind));
		const { version } = this.types.getByNameAndVersion(type, options.typeVersion).description;
		const node: INode = {
			id: 'node-under-test',
			name: NODE,
			type,
			typeVersion: options.typeVersion ?? Math.max(...[version].flat()),
			position: [200, 0],
			parameters: structuredClone(options.parameters),
		};
		return { ...node, credentials: this.nodeCredentials(node, options.credentials) };
	}

	/** What a node's `credentials` holds: those of the given ones whose type it uses. */
	private nodeCredentials(node: INode, given = this.defaultCredentials) {
		const { credentials = [] } = this.types.getByNameAndVersion(node.type, node.typeVersion).description;
		const used = [...credentials.map(({ name }) => name), node.parameters.nodeCredentialType];
		return this.credentials.save(Object.fromEntries(Object.entries(given).filter(([type]) => used.includes(type))));
	}

	private workflow(json: WorkflowJson, active = false): Workflow {
		return new n8nWorkflow.Workflow({
			id: 'test-workflow',
			name: 'Test',
			active,
			...structuredClone({ settings: settings({}), ...json }),
			nodeTypes: this.types,
		});
	}

	/** Calls a method of the node type as the editor's back end does. */
	private async inEditor<Result>(
		options: EditorOptions,
		call: (context: ILoadOptionsFunctions, methods: NonNullable<INodeType['methods']>) => Promise<Result>,
	): Promise<Result> {
		const workflow = this.workflow({
			nodes: [this.node(options)],
			connections: {},
			settings: settings(options),
		});
		const node = workflow.nodes[NODE];
		const { methods } = this.types.getByNameAndVersion(node.type, node.typeVersion);
		const data = additionalData(this.credentials, 'internal');
		const context = new core.LoadOptionsContext(
			workflow,
			node,
			{ ...data, currentNodeParameters: node.parameters },
			options.path ?? '',
		);
		return await workflow.expression.withIsolate(async () => await call(context, methods ?? {}));
	}
}

function found<Method>(methods: Record<string, Method> | undefined, name: string): Method {
	const method = methods?.[name];
	if (!method) throw new Error(`The node has no such method: ${name}`);
	return method;
}

function itemsNode(): INode {
	return {
		id: 'items',
		name: SOURCE,
		type: 'n8n-nodes-base.manualTrigger',
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
	};
}

function settings({ timezone }: { timezone?: string }) {
	return { executionOrder: 'v1' as const, ...(timezone && { timezone }) };
}

function asJson<T>(value: T): T {
	return JSON.parse(JSON.stringify(value)) as T;
}
