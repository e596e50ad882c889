/**
 * Credentials as n8n's server handles them, without its database.
 *
 * n8n's own class (`credentials-helper.ts` of the server) is not published with `n8n-core`. This
 * follows it rule for rule where a community node can tell the difference: defaults applied,
 * expressions in fields resolved, function and generic `authenticate`, `preAuthentication` run when
 * the expirable field is empty or after a 401, and its result saved with the credential.
 */
import type {
	ICredentialDataDecryptedObject,
	ICredentials,
	ICredentialsExpressionResolveValues,
	ICredentialType,
	IHttpRequestHelper,
	IHttpRequestOptions,
	INode,
	INodeCredentials,
	INodeCredentialsDetails,
	INodeParameters,
	INodeProperties,
	IRequestOptionsSimplified,
	IWorkflowExecuteAdditionalData,
	Workflow,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import { core, workflow as n8nWorkflow } from './n8n.mts';
import type { CredentialFields } from './types.mts';

interface SavedCredential {
	id: string;
	type: string;
	data: ICredentialDataDecryptedObject;
}

/** Stands for a node where n8n resolves a credential's fields on their own. */
const NOBODY: INode = {
	id: '',
	name: '',
	type: 'mock',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

export class EngineCredentials extends n8nWorkflow.ICredentialsHelper {
	private readonly credentials = new Map<string, SavedCredential>();

	/** The same object of fields given twice is the same saved credential (a ticket is kept). */
	private readonly known = new WeakMap<object, INodeCredentialsDetails>();

	private readonly credentialType: (name: string) => ICredentialType;

	private readonly supportedNodes: (credentialType: string) => string[];

	constructor(credentialType: (name: string) => ICredentialType, supportedNodes: (credentialType: string) => string[]) {
		super();
		this.credentialType = credentialType;
		this.supportedNodes = supportedNodes;
	}

	/** Saves fields as a credential and gives what a node's `credentials` holds for it. */
	save(fields: CredentialFields): INodeCredentials {
		const details: INodeCredentials = {};
		for (const [type, data] of Object.entries(fields)) {
			let detail = this.known.get(data);
			if (!detail) {
				const id = String(this.credentials.size + 1);
				this.credentials.set(id, { id, type, data: structuredClone(data) });
				detail = { id, name: `${type} ${id}` };
				this.known.set(data, detail);
			}
			details[type] = detail;
		}
		return details;
	}

	/** What is saved now for these fields, such as the ticket of a log-in. */
	saved(type: string, fields: ICredentialDataDecryptedObject): ICredentialDataDecryptedObject {
		return structuredClone(this.find(this.save({ [type]: fields })[type]).data);
	}

	private find({ id, name }: INodeCredentialsDetails): SavedCredential {
		const credential = id ? this.credentials.get(id) : undefined;
		if (!credential) throw new Error(`There is no credential "${name}" with the ID ${id}`);
		return credential;
	}

	override getParentTypes(name: string): string[] {
		const parents = this.credentialType(name).extends ?? [];
		return [...parents, ...parents.flatMap((parent) => this.getParentTypes(parent))];
	}

	override isCredentialUsableByNode(type: string, nodeType: string): boolean {
		const { restrictToSupportedNodes } = this.credentialType(type);
		return !restrictToSupportedNodes || this.supportedNodes(type).includes(nodeType);
	}

	override getCredentialsProperties(type: string): INodeProperties[] {
		return this.credentialType(type).properties;
	}

	override async authenticate(
		credentials: ICredentialDataDecryptedObject,
		typeName: string,
		requestOptions: IHttpRequestOptions | IRequestOptionsSimplified,
		workflow: Workflow,
		node: INode,
	): Promise<IHttpRequestOptions> {
		const options = requestOptions as IHttpRequestOptions;
		const { authenticate } = this.credentialType(typeName);
		if (typeof authenticate === 'function') return await authenticate(credentials, options);
		if (authenticate?.type !== 'generic') return options;

		const resolve = (text: string) =>
			text.startsWith('=')
				? String(
						workflow.expression.getSimpleParameterValue(
							node,
							text,
							'internal',
							{ $credentials: credentials },
							undefined,
							'',
						) || '',
					)
				: text;
		options.headers ??= {};
		const target = options as unknown as Record<string, Record<string, string>>;
		for (const [part, values] of Object.entries(authenticate.properties)) {
			for (const [key, value] of Object.entries(values as Record<string, string>)) {
				(target[part] ??= {})[resolve(key)] = resolve(value);
			}
		}
		return options;
	}

	override async preAuthentication(
		helpers: IHttpRequestHelper,
		credentials: ICredentialDataDecryptedObject,
		typeName: string,
		node: INode,
		credentialsExpired: boolean,
	): Promise<ICredentialDataDecryptedObject | undefined> {
		const type = this.credentialType(typeName);
		const ticket = type.properties.find(
			({ type: kind, typeOptions }) => kind === 'hidden' && typeOptions?.expirable === true,
		)?.name;
		if (ticket === undefined || !type.preAuthentication) return undefined;
		const isTest = node.parameters.temp === '' && node.type === 'n8n-nodes-base.noOp';
		if (credentials[ticket] !== '' && !credentialsExpired && !isTest) return undefined;

		const output = await type.preAuthentication.call(helpers, credentials);
		if (output[ticket] === undefined || !node.credentials) return undefined;
		const detail = node.credentials[typeName];
		const result = output as ICredentialDataDecryptedObject;
		await this.updateCredentials(detail, typeName, { ...this.find(detail).data, ...result });
		return Object.assign(credentials, result);
	}

	override async runPreAuthentication(): Promise<undefined> {
		return undefined; // for OAuth2 only
	}

	override async getCredentials(nodeCredential: INodeCredentialsDetails, type: string): Promise<ICredentials> {
		const { id, data } = this.find(nodeCredential);
		const credentials = new core.Credentials({ id, name: nodeCredential.name }, type);
		await credentials.setData(structuredClone(data));
		return credentials;
	}

	override async getDecrypted(
		additionalData: IWorkflowExecuteAdditionalData,
		nodeCredentials: INodeCredentialsDetails,
		type: string,
		mode: WorkflowExecuteMode,
		_executeData?: unknown,
		raw?: boolean,
		resolveValues?: ICredentialsExpressionResolveValues,
	): Promise<ICredentialDataDecryptedObject> {
		const data = structuredClone(this.find(nodeCredentials).data);
		return raw ? data : await this.applyDefaults(additionalData, data, type, mode, resolveValues);
	}

	/** The fields with their defaults, and with expressions in them resolved. */
	async applyDefaults(
		additionalData: IWorkflowExecuteAdditionalData,
		data: ICredentialDataDecryptedObject,
		type: string,
		mode: WorkflowExecuteMode,
		at?: ICredentialsExpressionResolveValues,
	): Promise<ICredentialDataDecryptedObject> {
		const withDefaults = n8nWorkflow.NodeHelpers.getNodeParameters(
			this.getCredentialsProperties(type),
			data as INodeParameters,
			true,
			false,
			null,
			null,
		) as ICredentialDataDecryptedObject;
		const keys = core.getAdditionalKeys(additionalData, mode, null, { isCredential: true });
		if (at) {
			return at.workflow.expression.getParameterValue(
				withDefaults as INodeParameters,
				at.runExecutionData,
				at.runIndex,
				at.itemIndex,
				at.node.name,
				at.connectionInputData,
				mode,
				keys,
				undefined,
				false,
				withDefaults,
			) as ICredentialDataDecryptedObject;
		}
		const { expression } = new n8nWorkflow.Workflow({
			nodes: [NOBODY],
			connections: {},
			active: false,
			nodeTypes: {
				getByName: () => ({ description: { properties: [] } }) as never,
				getByNameAndVersion: () => ({ description: { properties: [] } }) as never,
				getKnownTypes: () => ({}),
			},
		});
		return await expression.withIsolate(
			async () =>
				expression.getComplexParameterValue(
					NOBODY,
					withDefaults as INodeParameters,
					mode,
					keys,
					undefined,
					undefined,
					withDefaults,
				) as ICredentialDataDecryptedObject,
		);
	}

	override async updateCredentials(
		nodeCredentials: INodeCredentialsDetails,
		_type: string,
		data: ICredentialDataDecryptedObject,
	): Promise<void> {
		this.find(nodeCredentials).data = structuredClone(data);
	}

	override async updateCredentialsOauthTokenData(): Promise<void> {
		throw new Error('OAuth credentials are not part of this harness');
	}
}
