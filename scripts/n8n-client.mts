// What n8n's editor does, over the same REST endpoints the editor uses. Written for the n8n in n8n-runtime/.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export type Json = Record<string, unknown>;

export interface CredentialReference {
	id: string;
	name: string;
}

export interface WorkflowNode {
	id?: string;
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: Json;
	credentials?: Record<string, Partial<CredentialReference>>;
	onError?: 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';
	[key: string]: unknown;
}

/** A workflow as the editor exports it. */
export interface Workflow {
	name: string;
	nodes: WorkflowNode[];
	connections: Record<string, Record<string, Array<Array<{ node: string; type: string; index: number }> | null>>>;
	settings?: Json;
	pinData?: Json;
	[key: string]: unknown;
}

export interface Item {
	json: Json;
	binary?: Json;
	pairedItem?: unknown;
	error?: Json;
}

export interface NodeRun {
	executionStatus?: string;
	executionTime: number;
	error?: Json & { message?: string; description?: string };
	data?: Record<string, Array<Item[] | null>>;
}

export interface Owner {
	email: string;
	password: string;
}

export interface NodeTypeReference {
	name: string;
	version: number;
}

export interface DynamicParameterRequest {
	nodeType: NodeTypeReference;
	/** The method that the node type names: `searchListMethod`, `resourceMapperMethod` or `loadOptionsMethod`. */
	methodName: string;
	/** Path of the parameter that is being filled in, such as `workflowId`. */
	path: string;
	currentNodeParameters: Json;
	credentials?: Record<string, CredentialReference>;
}

/** What n8n answered with an error status; its own words are the message. */
export class N8nRequestError extends Error {
	readonly status: number;
	constructor(method: string, path: string, status: number, body: unknown) {
		const words = (body as { message?: string } | undefined)?.message ?? JSON.stringify(body);
		super(`${method} ${path}: n8n answered ${status}: ${words}`);
		this.name = 'N8nRequestError';
		this.status = status;
	}
}

/** One execution, as n8n stored it. */
export class Execution {
	readonly id: string;
	readonly status: string;
	readonly workflowId: string;
	readonly data: {
		resultData: { runData: Record<string, NodeRun[]>; error?: Json & { message?: string }; lastNodeExecuted?: string };
	};

	constructor(stored: { id: string; status: string; workflowId: string; data: unknown }) {
		this.id = stored.id;
		this.status = stored.status;
		this.workflowId = stored.workflowId;
		this.data = stored.data as Execution['data'];
	}

	get error() {
		return this.data.resultData.error;
	}

	/** One run of a node; a node in a loop has several. */
	run(node: string, runIndex = 0): NodeRun {
		const run = this.data.resultData.runData[node]?.[runIndex];
		if (!run) {
			const words = this.error?.message ? ` The execution ended with: ${this.error.message}` : '';
			throw new Error(`Node "${node}" was not executed (run ${runIndex}).${words}`);
		}
		return run;
	}

	/** The items a node put out. */
	items(node: string, output = 0, runIndex = 0): Item[] {
		return this.run(node, runIndex).data?.main?.[output] ?? [];
	}
}

export class N8nClient {
	readonly url: string;
	private cookie = '';
	/** n8n binds a log-in to the browser it was made in. */
	private readonly browserId = randomUUID();
	private readonly parseExecutionData: (text: string) => unknown;

	/**
	 * @param url of n8n, without a trailing slash
	 * @param parseExecutionData n8n stores executions with the "flatted" package; its own copy is the one to read them with
	 */
	constructor(url: string, parseExecutionData: (text: string) => unknown) {
		this.url = url;
		this.parseExecutionData = parseExecutionData;
	}

	async fetch(method: string, path: string, body?: unknown): Promise<Response> {
		return await fetch(`${this.url}${path}`, {
			method,
			headers: {
				'browser-id': this.browserId,
				...(this.cookie ? { cookie: this.cookie } : {}),
				...(body === undefined ? {} : { 'content-type': 'application/json' }),
			},
			body: body === undefined ? undefined : JSON.stringify(body),
			signal: AbortSignal.timeout(120_000),
		});
	}

	/** A call below /rest; the answer comes without its `{ data }` envelope. */
	async rest<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
		const response = await this.fetch(method, `/rest${path}`, body);
		const text = await response.text();
		let answer: unknown = text;
		try {
			answer = JSON.parse(text);
		} catch {
			// An error page, shown as it is.
		}
		if (!response.ok) throw new N8nRequestError(method, path, response.status, answer);
		const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
		const login = cookies.find((cookie) => cookie?.startsWith('n8n-auth='));
		if (login) this.cookie = login;
		return (answer as { data: T }).data;
	}

	/** Makes the owner account of a fresh n8n; on one that has it, signs in. */
	async signIn(owner: Owner): Promise<void> {
		const settings = await this.rest<{ userManagement: { showSetupOnFirstLoad: boolean } }>('GET', '/settings');
		if (settings.userManagement.showSetupOnFirstLoad) {
			await this.rest('POST', '/owner/setup', { ...owner, firstName: 'Demo', lastName: 'Owner' });
		} else {
			await this.rest('POST', '/login', { emailOrLdapLoginId: owner.email, password: owner.password });
		}
	}

	/** Node types or credential types, as the editor reads them. */
	async types(kind: 'nodes' | 'credentials'): Promise<Json[]> {
		const response = await this.fetch('GET', `/types/${kind}.json`);
		if (!response.ok) throw new N8nRequestError('GET', `/types/${kind}.json`, response.status, await response.text());
		return (await response.json()) as Json[];
	}

	/** The "Test" of the credential dialog, with data that is not saved. */
	async testCredential(type: string, data: Json): Promise<{ status: 'OK' | 'Error'; message: string }> {
		return await this.rest('POST', '/credentials/test', { credentials: { id: '', name: 'Not saved', type, data } });
	}

	async createCredential(name: string, type: string, data: Json): Promise<CredentialReference> {
		const { id } = await this.rest<{ id: string }>('POST', '/credentials', { name, type, data });
		return { id, name };
	}

	/** Creates the credential, or gives the one of that name and type the new data. */
	async saveCredential(name: string, type: string, data: Json): Promise<CredentialReference> {
		const all = await this.rest<Array<{ id: string; name: string; type: string }>>('GET', '/credentials');
		const found = all.find((credential) => credential.name === name && credential.type === type);
		if (!found) return await this.createCredential(name, type, data);
		await this.rest('PATCH', `/credentials/${found.id}`, { name, type, data });
		return { id: found.id, name };
	}

	async findWorkflow(name: string): Promise<string | undefined> {
		const filter = encodeURIComponent(JSON.stringify({ name }));
		const found = await this.rest<Array<{ id: string; name: string }>>('GET', `/workflows?filter=${filter}`);
		return found.find((workflow) => workflow.name === name)?.id;
	}

	/**
	 * Imports a workflow, as "Import from file" does.
	 * @param credentials what to connect: every node gets those of the types it names
	 * @returns the new workflow's id
	 */
	async importWorkflow(workflow: Workflow, credentials: Record<string, CredentialReference> = {}): Promise<string> {
		const nodes = workflow.nodes.map((node) => ({
			...node,
			id: node.id ?? randomUUID(),
			...(node.credentials && {
				credentials: Object.fromEntries(
					Object.entries(node.credentials).map(([type, reference]) => [type, credentials[type] ?? reference]),
				),
			}),
		}));
		const { name, connections, settings, pinData } = workflow;
		const created = await this.rest<{ id: string }>('POST', '/workflows', {
			name,
			nodes,
			connections,
			settings: { executionOrder: 'v1', ...settings },
			...(pinData && { pinData }),
		});
		return created.id;
	}

	/** "Publish": the workflow's triggers begin to work. */
	async activateWorkflow(id: string): Promise<void> {
		const { versionId } = await this.rest<{ versionId: string }>('GET', `/workflows/${id}`);
		await this.rest('POST', `/workflows/${id}/activate`, { versionId });
	}

	async deactivateWorkflow(id: string): Promise<void> {
		await this.rest('POST', `/workflows/${id}/deactivate`, {});
	}

	/** Executions of a workflow, the newest first. */
	async listExecutions(workflowId: string): Promise<Array<{ id: string; status: string; mode: string }>> {
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		const { results } = await this.rest<{ results: Array<{ id: string; status: string; mode: string }> }>(
			'GET',
			`/executions?filter=${filter}`,
		);
		return results;
	}

	/** "Execute workflow", starting from the named trigger. */
	async startWorkflow(workflowId: string, triggerName: string): Promise<string> {
		const answer = await this.rest<{ executionId?: string }>('POST', `/workflows/${workflowId}/run`, {
			triggerToStartFrom: { name: triggerName },
		});
		if (!answer.executionId) throw new Error(`n8n did not start workflow ${workflowId}: ${JSON.stringify(answer)}`);
		return answer.executionId;
	}

	async getExecution(id: string): Promise<Execution> {
		const stored = await this.rest<{ id: string; status: string; workflowId: string; data: string }>(
			'GET',
			`/executions/${id}`,
		);
		return new Execution({ ...stored, data: this.parseExecutionData(stored.data) });
	}

	/** Waits until an execution has ended, well or badly. */
	async waitForExecution(id: string, timeoutMs = 120_000): Promise<Execution> {
		const end = performance.now() + timeoutMs;
		for (let pause = 50; ; pause = Math.min(pause * 1.5, 1_000)) {
			const { status } = await this.rest<{ status: string }>('GET', `/executions/${id}`);
			if (!['new', 'running', 'waiting'].includes(status)) return await this.getExecution(id);
			if (performance.now() > end) throw new Error(`Execution ${id} is still "${status}" after ${timeoutMs / 1000} s.`);
			await sleep(pause);
		}
	}

	async runWorkflow(workflowId: string, triggerName: string, timeoutMs?: number): Promise<Execution> {
		return await this.waitForExecution(await this.startWorkflow(workflowId, triggerName), timeoutMs);
	}

	/** The entries of a resource locator's list, as the dropdown gets them. */
	async listSearch(
		request: DynamicParameterRequest & { filter?: string; paginationToken?: string },
	): Promise<{ results: Array<{ name: string; value: unknown; url?: string }>; paginationToken?: unknown }> {
		return await this.dynamic('resource-locator-results', request);
	}

	/** The columns of a resource mapper. */
	async mapperFields(request: DynamicParameterRequest): Promise<{ fields: Json[] }> {
		return await this.dynamic('resource-mapper-fields', request);
	}

	/** The entries of an options parameter that is loaded from the service. */
	async loadOptions(request: DynamicParameterRequest): Promise<Array<{ name: string; value: unknown }>> {
		return await this.dynamic('options', request);
	}

	private async dynamic<T>(endpoint: string, { nodeType, ...request }: DynamicParameterRequest): Promise<T> {
		return await this.rest('POST', `/dynamic-node-parameters/${endpoint}`, {
			nodeTypeAndVersion: nodeType,
			...request,
		});
	}
}
