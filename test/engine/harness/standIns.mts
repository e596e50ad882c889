/**
 * Stand-ins for the few n8n core nodes that the examples use around ours.
 *
 * `n8n-nodes-base` is not a library to test with. These have its names and parameters as far as the
 * examples go; a workflow that needs more belongs to the tests against a whole n8n server.
 */
import type {
	IDataObject,
	IExecuteFunctions,
	IHttpRequestMethods,
	INodeExecutionData,
	INodeProperties,
	INodeType,
} from 'n8n-workflow';

type Execute = (this: IExecuteFunctions) => Promise<INodeExecutionData[][]>;

const passOn: Execute = async function () {
	return [this.getInputData()];
};

function parameter(name: string, type: INodeProperties['type'], fallback: unknown) {
	return { displayName: name, name, type, default: fallback } as INodeProperties;
}

function standIn(name: string, properties: INodeProperties[], execute: Execute): INodeType {
	const isTrigger = name.endsWith('Trigger');
	return {
		description: {
			displayName: name,
			name: `n8n-nodes-base.${name}`,
			group: [isTrigger ? 'trigger' : 'transform'],
			version: [1, 1.1, 1.2, 2, 3, 3.1, 3.2, 3.3, 3.4, 4, 4.1, 4.2, 4.3],
			description: '',
			defaults: { name },
			inputs: isTrigger ? [] : ['main'],
			outputs: ['main'],
			properties,
		},
		execute,
	};
}

/** Edit Fields (Set): `assignments` in the manual mode, `jsonOutput` in the raw one. */
const set = standIn(
	'set',
	[
		parameter('mode', 'options', 'manual'),
		parameter('assignments', 'assignmentCollection', {}),
		parameter('jsonOutput', 'json', '{}'),
		parameter('includeOtherFields', 'boolean', false),
	],
	async function () {
		const output = this.getInputData().map((item, index) => {
			const fields =
				this.getNodeParameter('mode', index) === 'raw'
					? rawFields(this.getNodeParameter('jsonOutput', index))
					: assignedFields(this.getNodeParameter('assignments', index) as IDataObject);
			const rest = this.getNodeParameter('includeOtherFields', index) ? item.json : {};
			return { json: { ...rest, ...fields }, pairedItem: { item: index } };
		});
		return [output];
	},
);

function rawFields(json: unknown): IDataObject {
	return (typeof json === 'string' ? JSON.parse(json) : json) as IDataObject;
}

function assignedFields({ assignments = [] }: IDataObject): IDataObject {
	const list = assignments as Array<{ name: string; value: IDataObject[string] }>;
	return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

/** HTTP Request with a predefined credential: one request per item, the JSON answer as the item. */
const httpRequest = standIn(
	'httpRequest',
	[
		parameter('method', 'options', 'GET'),
		parameter('url', 'string', ''),
		parameter('nodeCredentialType', 'credentialsSelect', ''),
	],
	async function () {
		const output: INodeExecutionData[] = [];
		for (const index of this.getInputData().keys()) {
			const credential = this.getNodeParameter('nodeCredentialType', index) as string;
			const json = (await this.helpers.httpRequestWithAuthentication.call(this, credential, {
				method: this.getNodeParameter('method', index) as IHttpRequestMethods,
				url: this.getNodeParameter('url', index) as string,
				json: true,
			})) as IDataObject;
			output.push({ json, pairedItem: { item: index } });
		}
		return [output];
	},
);

/** Node type name -> stand-in. `manualTrigger` gives out the items that the run starts with. */
export const standIns: Readonly<Record<string, INodeType>> = Object.fromEntries(
	[
		standIn('manualTrigger', [], passOn),
		standIn('noOp', [], passOn),
		standIn('stickyNote', [], passOn),
		set,
		httpRequest,
	].map((type) => [type.description.name, type]),
);
