/**
 * The test of a credential, as n8n's server runs it when the user saves one.
 *
 * After `credentials-tester.service.ts` of the server, which is not published as a library: request
 * rules on the credential class go through the routing engine; `testedBy` calls the node's method.
 */
import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestRequest,
	INode,
	INodeCredentialTestResult,
	INodeType,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import type { EngineCredentials } from './credentials.mts';
import { core, workflow as n8nWorkflow } from './n8n.mts';
import type { PackageTypes } from './nodeTypes.mts';
import { standIns } from './standIns.mts';

interface Context {
	types: PackageTypes;
	credentials: EngineCredentials;
	additionalData: IWorkflowExecuteAdditionalData;
}

/**
 * @param type credential type
 * @param fields as the user typed them
 * @returns `status` `OK` or `Error` and the text that the user reads
 */
export async function testCredential(
	context: Context,
	type: string,
	fields: ICredentialDataDecryptedObject,
): Promise<INodeCredentialTestResult> {
	const { types, credentials, additionalData } = context;
	const detail = credentials.save({ [type]: fields })[type];
	const decrypted: ICredentialsDecrypted = {
		id: detail.id ?? '',
		name: detail.name,
		type,
		data: await credentials.applyDefaults(additionalData, structuredClone(fields), type, 'internal'),
	};

	const rules = types.credential(type).test;
	if (rules) return await testByRequest(context, rules, decrypted);

	for (const nodeName of types.nodesWithCredential(type)) {
		const node = types.getByNameAndVersion(nodeName);
		const testedBy = node.description.credentials?.find(({ name }) => name === type)?.testedBy;
		if (typeof testedBy === 'string') {
			const method = node.methods?.credentialTest?.[testedBy];
			if (!method) throw new Error(`${nodeName} has no method credentialTest.${testedBy}`);
			return await method.call(new core.CredentialTestContext(additionalData), decrypted);
		}
		if (testedBy) return await testByRequest(context, testedBy, decrypted, node);
	}
	return { status: 'Error', message: 'No testing function found for this credential.' };
}

/** Runs a node that has one property, whose routing is the request of the test. */
async function testByRequest(
	{ additionalData }: Context,
	{ request, rules = [] }: ICredentialTestRequest,
	decrypted: ICredentialsDecrypted,
	tested: INodeType = standIns['n8n-nodes-base.noOp'],
): Promise<INodeCredentialTestResult> {
	const nodeType: INodeType = {
		description: {
			...tested.description,
			credentials: [{ name: decrypted.type, required: true }],
			properties: [{ displayName: 'Temp', name: 'temp', type: 'string', routing: { request }, default: '' }],
		},
	};
	const node: INode = {
		id: 'temp',
		name: 'Temp-Node',
		type: nodeType.description.name,
		typeVersion: [nodeType.description.version].flat().at(-1) ?? 1,
		position: [0, 0],
		parameters: {},
		credentials: { [decrypted.type]: { id: decrypted.id, name: decrypted.name } },
	};
	const workflow = new n8nWorkflow.Workflow({
		nodes: [node],
		connections: {},
		active: false,
		nodeTypes: {
			getByName: () => nodeType,
			getByNameAndVersion: () => nodeType,
			getKnownTypes: () => ({}),
		},
	});
	const context = new core.ExecuteContext(
		workflow,
		node,
		additionalData,
		'internal',
		n8nWorkflow.createEmptyRunExecutionData(),
		0,
		[],
		{ main: [[{ json: {} }]] },
		{ node, data: {}, source: null },
		[],
	);

	let body: unknown;
	try {
		const output = await workflow.expression.withIsolate(
			async () => await new core.RoutingNode(context, nodeType, decrypted).runNode(),
		);
		body = output?.[0]?.[0]?.json;
	} catch (error) {
		return { status: 'Error', message: failureText(error, rules) };
	}
	for (const rule of rules) {
		if (rule.type !== 'responseSuccessBody') continue;
		const { key, value, message } = rule.properties;
		if (valueAt(body, key) === value) return { status: 'Error', message };
	}
	return { status: 'OK', message: 'Connection successful!' };
}

/** The text for a request that failed: a rule's, else the status text, the code or the message. */
function failureText(
	error: Error & { cause?: { response?: { status: number; statusText: string }; code?: string } },
	rules: NonNullable<ICredentialTestRequest['rules']>,
): string {
	const response = error.cause?.response;
	if (!response) return error.cause?.code ?? error.message;
	for (const rule of rules) {
		if (rule.type === 'responseCode' && rule.properties.value === response.status) {
			return rule.properties.message;
		}
	}
	return response.statusText || `Received HTTP status code: ${response.status}`;
}

function valueAt(body: unknown, path: string): unknown {
	return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], body);
}
