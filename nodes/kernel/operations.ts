import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodePropertyOptions,
	NodeApiError,
	NodePropertyTypes,
} from 'n8n-workflow';
import { NodeHelpers, NodeOperationError } from 'n8n-workflow';

import type { ErrorTexts, Explanation } from './errors';
import { InputError, ServiceError, explain, toErrorItem, toNodeError } from './errors';
import { schedule } from './schedule';
import { scalarText, shown } from './values';

/** A parameter's declaration, readable for the type inference below (n8n's `INodeProperties`). */
export interface Property {
	readonly displayName: string;
	readonly name: string;
	readonly type: NodePropertyTypes;
	readonly default: unknown;
	readonly description?: string;
	readonly hint?: string;
	readonly placeholder?: string;
	readonly required?: boolean;
	readonly noDataExpression?: boolean;
	readonly options?: readonly unknown[];
	readonly modes?: readonly object[];
	readonly typeOptions?: object;
	readonly displayOptions?: object;
	readonly builderHint?: object;
	/** Serves the editor alone, such as a choice that fills another list: not read when the node runs. */
	readonly editorOnly?: true;
}

/** Keeps the literal types of a declaration that several operations share. */
export function property<const P extends Property>(declaration: P): P {
	return declaration;
}

type ScalarOf<P> = P extends { type: 'number' }
	? number
	: P extends { type: 'boolean' }
		? boolean
		: P extends { type: 'options'; options: readonly { value: infer V }[] }
			? V
			: P extends { type: 'string' | 'options' | 'resourceLocator' }
				? string
				: unknown;

type GroupsOf<G> = G extends { name: infer N extends string; values: infer L extends readonly Property[] }
	? { [K in N]: Array<Partial<ValuesOf<L>>> }
	: never;

type ValueOf<P> = P extends { type: 'collection'; options: infer L extends readonly Property[] }
	? Partial<ValuesOf<L>>
	: P extends { type: 'fixedCollection'; options: readonly [infer G] }
		? GroupsOf<G>
		: P extends { typeOptions: { multipleValues: true } }
			? Array<ScalarOf<P>>
			: ScalarOf<P>;

/** The values of a list of declarations, by name. Those with display conditions may be absent. */
export type ValuesOf<L extends readonly Property[]> = {
	[P in L[number] as P['name']]: P extends { displayOptions: object } ? ValueOf<P> | undefined : ValueOf<P>;
};

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

interface Group {
	name: string;
	values: readonly Property[];
}

function parseList(value: unknown): unknown[] {
	if (Array.isArray(value)) return value.flatMap(parseList);
	if (value === undefined || value === null || value === '') return [];
	if (typeof value === 'string' && value.trim().startsWith('[')) {
		try {
			const parsed: unknown = JSON.parse(value);
			if (Array.isArray(parsed)) return parsed.flatMap(parseList);
		} catch {
			// A text that only looks like JSON is a text.
		}
	}
	return [value];
}

function asObject(value: unknown, where: string): IDataObject {
	if (value === undefined || value === null || value === '') return {};
	if (typeof value === 'object' && !Array.isArray(value)) return value as IDataObject;
	throw new InputError(
		`${where} is not an object: ${shown(value)}`,
		'Fill in its fields in the editor, or give an object with the same fields by an expression.',
	);
}

function asText(value: unknown, where: string): string {
	const text = scalarText(value);
	if (text === undefined) {
		throw new InputError(
			`${where} holds ${Array.isArray(value) ? 'a list' : 'an object'}, but a text is needed`,
			'Point the expression at a single value, for example {{ $json.name }} instead of {{ $json }}.',
		);
	}
	return text;
}

/** The text of a resource locator, whatever its mode; also of a plain text or number. */
function locatorText(value: unknown, where: string): string {
	const inner =
		value !== null && typeof value === 'object' && 'value' in value
			? (value as { value: unknown }).value
			: value;
	return asText(inner, where).trim();
}

function scalar(declaration: Property, value: unknown, where: string): unknown {
	switch (declaration.type) {
		case 'string':
			return asText(value, where);
		case 'resourceLocator':
			return locatorText(value, where);
		case 'boolean':
			return value === true || value === 'true' || value === 1;
		case 'number': {
			if (value === undefined || value === null || (typeof value === 'string' && value.trim() === '')) return undefined;
			const number = typeof value === 'string' ? Number(value) : value;
			if (typeof number !== 'number' || !Number.isFinite(number)) {
				throw new InputError(
					`${where} is not a number: ${shown(value)}`,
					'Enter digits, with a point before decimals, such as 1250.5.',
				);
			}
			return number;
		}
		case 'options': {
			const allowed = (declaration.options ?? []) as readonly INodePropertyOptions[];
			if (allowed.some((option) => option.value === value)) return value;
			throw new InputError(
				`${where} cannot be ${shown(value)}`,
				`Possible values: ${allowed.map((option) => `'${option.value}'`).join(', ')}.`,
			);
		}
		default:
			return value;
	}
}

/**
 * Turns what n8n gives for a parameter into what its declaration promises: texts for texts (also
 * from a number), lists for lists (also from JSON in a text), numbers for numbers.
 * Parameters that their own display conditions hide are left out.
 */
function decode(declaration: Property, value: unknown, where: string): unknown {
	if (declaration.type === 'collection') {
		const given = asObject(value, where);
		const chosen = ((declaration.options ?? []) as Property[]).filter(({ name }) => name in given);
		return decodeAll(chosen, given, (name) => `'${name}'`);
	}
	if (declaration.type === 'fixedCollection') {
		const [group] = (declaration.options ?? []) as Group[];
		const entries = parseList(asObject(value, where)[group.name]);
		return {
			[group.name]: entries.map((entry, index) => {
				const place = `'${declaration.displayName}' entry ${index + 1}`;
				return decodeAll(group.values, asObject(entry, place), (name) => `'${name}' in ${place}`);
			}),
		};
	}
	if ((declaration.typeOptions as { multipleValues?: boolean } | undefined)?.multipleValues) {
		return parseList(value).map((entry) => scalar(declaration, entry, where));
	}
	return scalar(declaration, value, where);
}

/** Whether the parameter's own display conditions hold for the values read so far. */
function isVisible({ displayOptions }: Property, values: IDataObject): boolean {
	return NodeHelpers.displayParameter(values as never, { displayOptions } as never, null, null);
}

/** Reads values by their declarations, hidden ones left out. `where` names a parameter in messages. Throws `InputError`. */
export function decodeAll(
	declarations: readonly Property[],
	given: IDataObject,
	where: (displayName: string) => string,
): IDataObject {
	const values: IDataObject = {};
	for (const declaration of declarations) {
		if (!isVisible(declaration, values)) continue;
		const { name, displayName, type } = declaration;
		// An expression without a result is not the default number, least of all a 0 that nobody entered.
		const value = type === 'number' && name in given ? given[name] : (given[name] ?? declaration.default);
		values[name] = decode(declaration, value, where(displayName)) as never;
	}
	return values;
}

/** Reads each visible parameter of the operation once, for one item. */
function readValues<Client>(
	context: IExecuteFunctions,
	operation: Operation<Client>,
	index: number,
): IDataObject {
	const values: IDataObject = {};
	for (const declaration of operation.properties) {
		const { name, type, displayName, editorOnly } = declaration;
		if (type === 'notice' || editorOnly || !isVisible(declaration, values)) continue;
		const given = context.getNodeParameter(name, index, declaration.default);
		values[name] = decode(declaration, given, `'${displayName}'`) as never;
	}
	return values;
}

/** The items' indexes as a person reads them: `0 to 3, 5`. */
function indexRanges(indexes: number[]): string {
	const ranges: Array<[number, number]> = [];
	for (const index of indexes) {
		const last = ranges[ranges.length - 1];
		if (last && last[1] === index - 1) last[1] = index;
		else ranges.push([index, index]);
	}
	return ranges.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`)).join(', ');
}

/**
 * Runs the chosen operation over all items: reads and checks every item first, so that bad input
 * stops the run before anything is sent; then sends, in input order per lane, with bounded
 * concurrency; gives the results in input order, each linked to its item.
 *
 * When the user cancels, nothing more is sent and what is done so far is given: the engine then
 * records the run as cancelled, whereas an error would make it a failed one.
 */
export async function runOperation<Client>(
	context: IExecuteFunctions,
	table: NodeTable<Client>,
): Promise<INodeExecutionData[][]> {
	const node = context.getNode();
	const resourceName = context.getNodeParameter('resource', 0);
	const operationName = context.getNodeParameter('operation', 0);
	const operation = table.resources
		.find(({ value }) => value === resourceName)
		?.operations.find(({ value }) => value === operationName);
	if (!operation) {
		throw new NodeOperationError(
			node,
			`The operation '${String(operationName)}' of '${String(resourceName)}' does not exist`,
			{ description: "Choose 'Resource' and 'Operation' from their lists." },
		);
	}

	const items = context.getInputData();
	const continues = context.continueOnFail();
	const results = new Array<INodeExecutionData[] | undefined>(items.length);
	const failures = new Map<number, NodeApiError | NodeOperationError>();
	const planned: Array<{ index: number; work: unknown }> = [];
	const timezone = context.getTimezone();
	let options: IDataObject | undefined;
	const isCancelled = () => context.getExecutionCancelSignal()?.aborted === true;
	/** Items that the user's cancel caught half-way. */
	const interrupted: number[] = [];

	const succeed = (index: number, output: IDataObject | IDataObject[]) => {
		results[index] = [output].flat().map((json) => ({ json, pairedItem: { item: index } }));
	};
	const fail = (index: number, error: unknown) => {
		if (error instanceof ServiceError && isCancelled()) {
			if (error.failure.unclear || Object.keys(error.details).length > 0) interrupted.push(index);
			return;
		}
		if (error instanceof ServiceError) explain(error, table, operation.explain?.(error));
		const nodeError = toNodeError(node, error, index);
		failures.set(index, nodeError);
		if (continues) results[index] = [toErrorItem(nodeError, index)];
	};

	for (let index = 0; index < items.length; index++) {
		const item = { index, input: items[index], context, timezone };
		try {
			const values = readValues(context, operation, index);
			options ??= values.options as IDataObject | undefined;
			const work = 'plan' in operation ? operation.plan(values, item) : operation.target(values, item);
			planned.push({ index, work });
		} catch (error) {
			fail(index, error);
			if (!continues) break;
		}
	}

	if (planned.length > 0 && (continues || failures.size === 0)) {
		const client = await table.connect(context, options ?? {});
		if ('plan' in operation) {
			const plans = planned.map(({ work }) => work as Plan<Client>);
			await schedule({
				count: plans.length,
				concurrency: Number(options?.concurrency ?? table.concurrency),
				lane: (position) => plans[position].lane,
				run: async (position) => {
					const { index } = planned[position];
					try {
						succeed(index, await plans[position].run(client));
					} catch (error) {
						fail(index, error);
					}
					return !isCancelled() && (continues || failures.size === 0);
				},
			});
		} else {
			const outcomes = await operation.runAll(
				client,
				planned.map(({ work }) => work),
			);
			outcomes.forEach((outcome, position) => {
				const { index } = planned[position];
				if (outcome instanceof Error) fail(index, outcome);
				else succeed(index, outcome);
			});
		}
	}

	if (interrupted.length > 0) {
		context.addExecutionHints({
			type: 'warning',
			location: 'outputPane',
			message: `Cancelled while ${table.service} was working on item ${indexRanges(interrupted.sort((a, b) => a - b))}: it is not known whether the work was done. Look there before you run it again.`,
		});
	}
	if (failures.size > 0 && !continues && !isCancelled()) {
		const [first] = [...failures.keys()].sort((a, b) => a - b);
		const error = failures.get(first) as NodeApiError | NodeOperationError;
		const done = [...results.keys()].filter((index) => results[index] !== undefined);
		if (done.length > 0) {
			error.description = [
				error.description,
				`Already carried out, and not undone: item ${indexRanges(done)}. All other items: not finished.`,
			]
				.filter(Boolean)
				.join(' ');
		}
		throw error;
	}
	return [results.flatMap((result) => result ?? [])];
}
