import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';

import type { ErrorTexts, Explanation, ServiceError } from './errors';
import type { Property, ValuesOf } from './parameters';

/** The item that an operation works on. */
export interface Item {
	index: number;
	input: INodeExecutionData;
	context: IExecuteFunctions;
	/** IANA time zone of the workflow, for dates without an offset. */
	timezone: string;
}

/** What an item is going to do. Made, and checked, for every item before the first is sent. */
export interface Plan<Client> {
	/** Items with the same lane, such as the instance they touch, run in input order. */
	lane?: string;
	run(client: Client): Promise<IDataObject | IDataObject[]>;
}

interface Texts {
	readonly value: string;
	readonly name: string;
	readonly action: string;
	readonly description: string;
}

/** What one item of a batch came to: its output, or why it failed. */
export type BatchResult = IDataObject | Error;

interface Definition<Client, Values> extends Texts {
	/** Checks and converts the parameters of one item. Sends nothing. Throws `InputError`. */
	plan(values: Values, item: Item): Plan<Client>;
	/** This operation's own words for a failure of the service. */
	explain?(error: ServiceError): Explanation | undefined;
}

interface BatchDefinition<Client, Values, Target> extends Texts {
	/** Checks the parameters of one item and gives what it is about. Throws `InputError`. */
	target(values: Values, item: Item): Target;
	/** Does all items in few calls. Gives one result per target, in order. */
	runAll(client: Client, targets: Target[]): Promise<BatchResult[]>;
	explain?(error: ServiceError): Explanation | undefined;
}

/** One operation, whole: texts, parameters, and what it does. */
export type Operation<Client> = { readonly properties: readonly Property[] } & (
	| Definition<Client, IDataObject>
	| BatchDefinition<Client, IDataObject, unknown>
);

/** Declares an operation; `plan` gets values typed by the declarations in `properties`. */
export function defineOperation<Client>() {
	return <const L extends readonly Property[]>(
		operation: { readonly properties: L } & Definition<Client, ValuesOf<L>>,
	): Operation<Client> => operation as unknown as Operation<Client>;
}

/** Declares an operation that does many items in one call. */
export function defineBatchOperation<Client>() {
	return <const L extends readonly Property[], Target>(
		operation: { readonly properties: L } & BatchDefinition<Client, ValuesOf<L>, Target>,
	): Operation<Client> => operation as unknown as Operation<Client>;
}

export interface Resource<Client> {
	readonly value: string;
	readonly name: string;
	/** The first is the default. */
	readonly operations: ReadonlyArray<Operation<Client>>;
}

/** Everything the kernel needs to know of a node. */
export interface NodeTable<Client> extends ErrorTexts {
	readonly resources: ReadonlyArray<Resource<Client>>;
	/** Makes the client of one run. `options` are the first item's. */
	connect(context: IExecuteFunctions, options: IDataObject): Promise<Client>;
	/** Items at the same time when the user says nothing. */
	readonly concurrency: number;
}

/** The node's `properties`, derived from the table: resource, operation, and each operation's own. */
export function describeOperations<Client>(table: NodeTable<Client>): INodeProperties[] {
	const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
	const choice = (name: string, displayName: string, options: INodePropertyOptions[], defaultValue: string) => ({
		displayName,
		name,
		type: 'options' as const,
		noDataExpression: true,
		options: [...options].sort(byName),
		default: defaultValue,
	});
	const { resources } = table;
	return [
		choice(
			'resource',
			'Resource',
			resources.map(({ name, value }) => ({ name, value })),
			resources[0].value,
		),
		...resources.map(({ value, operations }) => ({
			...choice(
				'operation',
				'Operation',
				operations.map(({ name, value, action, description }) => ({ name, value, action, description })),
				operations[0].value,
			),
			displayOptions: { show: { resource: [value] } },
		})),
		...resources.flatMap(({ value: resource, operations }) =>
			operations.map(({ value, description }) => toolDescription(`${table.service}: ${description}`, resource, value)),
		),
		...resources.flatMap((resource) =>
			resource.operations.flatMap((operation) =>
				operation.properties.map((declaration) => {
					const own = { ...declaration } as INodeProperties & { editorOnly?: true };
					delete own.editorOnly;
					return {
						...own,
						displayOptions: {
							...own.displayOptions,
							show: { resource: [resource.value], operation: [operation.value], ...own.displayOptions?.show },
						},
					};
				}),
			),
		),
	];
}

/**
 * What an AI agent's model is told about the node as its tool. Without it n8n tells no more than the
 * action's text, such as 'Delete instance'. Shown on the tool only, filled in for the chosen operation.
 */
const toolDescription = (text: string, resource: string, operation: string): INodeProperties => ({
	displayName: 'Tool Description',
	name: 'toolDescription',
	type: 'string',
	typeOptions: { rows: 4 },
	required: true,
	default: text,
	description:
		'What the model is told about this tool. Add when to use it, and what it cannot know by itself, such as the IDs of form fields.',
	displayOptions: { show: { '@tool': [true], resource: [resource], operation: [operation] } },
});
