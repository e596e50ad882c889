import type { IDataObject, IExecuteFunctions, INodeExecutionData, NodeApiError } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { ServiceError, explain, toErrorItem, toNodeError } from './errors';
import type { NodeTable, Operation, Plan } from './operations';
import { decode, isVisible } from './parameters';
import { schedule } from './schedule';

/** Reads each visible parameter of the operation once, for one item. */
function readValues<Client>(context: IExecuteFunctions, operation: Operation<Client>, index: number): IDataObject {
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

function chosenOperation<Client>(context: IExecuteFunctions, table: NodeTable<Client>): Operation<Client> {
	const resourceName = context.getNodeParameter('resource', 0);
	const operationName = context.getNodeParameter('operation', 0);
	const operation = table.resources
		.find(({ value }) => value === resourceName)
		?.operations.find(({ value }) => value === operationName);
	if (operation) return operation;
	throw new NodeOperationError(
		context.getNode(),
		`The operation '${String(operationName)}' of '${String(resourceName)}' does not exist`,
		{ description: "Choose 'Resource' and 'Operation' from their lists." },
	);
}

/** What became of each item of a run. */
class Outcomes {
	private readonly results: Array<INodeExecutionData[] | undefined>;

	private readonly failures = new Map<number, NodeApiError | NodeOperationError>();

	/** Items that the user's cancel caught half-way. */
	private readonly interrupted: number[] = [];

	private readonly continues: boolean;

	private readonly context: IExecuteFunctions;

	/** Adds texts to a failure of the service. */
	private readonly explain: (error: ServiceError) => void;

	constructor(context: IExecuteFunctions, count: number, explainFailure: (error: ServiceError) => void) {
		this.context = context;
		this.continues = context.continueOnFail();
		this.explain = explainFailure;
		this.results = new Array<INodeExecutionData[] | undefined>(count);
	}

	private get isCancelled(): boolean {
		return this.context.getExecutionCancelSignal()?.aborted === true;
	}

	/** Whether further items may be started. */
	get goesOn(): boolean {
		return !this.isCancelled && (this.continues || this.failures.size === 0);
	}

	succeed(index: number, output: IDataObject | IDataObject[]): void {
		this.results[index] = [output].flat().map((json) => ({ json, pairedItem: { item: index } }));
	}

	fail(index: number, error: unknown): void {
		if (error instanceof ServiceError && this.isCancelled) {
			if (error.failure.unclear || Object.keys(error.details).length > 0) this.interrupted.push(index);
			return;
		}
		if (error instanceof ServiceError) this.explain(error);
		const node = this.context.getNode();
		const nodeError = toNodeError(node, error, index);
		// n8n gives a node that an AI agent uses a type of its own. The model is shown the message alone:
		// what to do, and the service's own words, must stand there too.
		if (node.type.endsWith('Tool') && !this.continues && nodeError.description) {
			nodeError.message = `${nodeError.message}. ${nodeError.description}`;
		}
		this.failures.set(index, nodeError);
		if (this.continues) this.results[index] = [toErrorItem(nodeError, index)];
	}

	/** The output in input order. Throws the first item's error when the run may not go on after it. */
	output(service: string): INodeExecutionData[][] {
		if (this.interrupted.length > 0) {
			const items = indexRanges(this.interrupted.sort((a, b) => a - b));
			this.context.addExecutionHints({
				type: 'warning',
				location: 'outputPane',
				message: `Cancelled while ${service} was working on item ${items}: it is not known whether the work was done. Look there before you run it again.`,
			});
		}
		if (this.failures.size > 0 && !this.continues && !this.isCancelled) throw this.firstError();
		return [this.results.flatMap((result) => result ?? [])];
	}

	/** n8n drops what was done when a node fails, so the error says it. */
	private firstError(): NodeApiError | NodeOperationError {
		const [first] = [...this.failures.keys()].sort((a, b) => a - b);
		const error = this.failures.get(first) as NodeApiError | NodeOperationError;
		const done = [...this.results.keys()].filter((index) => this.results[index] !== undefined);
		if (done.length > 0) {
			const doneText = `Already carried out, and not undone: item ${indexRanges(done)}. All other items: not finished.`;
			error.description = [error.description, doneText].filter(Boolean).join(' ');
		}
		return error;
	}
}

/** An item that was read and checked, and what is to be done for it. */
interface Planned {
	index: number;
	work: unknown;
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
	const operation = chosenOperation(context, table);
	const items = context.getInputData();
	const timezone = context.getTimezone();
	const outcomes = new Outcomes(context, items.length, (error) => explain(error, table, operation.explain?.(error)));
	const planned: Planned[] = [];
	/** Those that hold for the whole run are the first item's. */
	let options: IDataObject | undefined;

	for (let index = 0; index < items.length && outcomes.goesOn; index++) {
		const item = { index, input: items[index], context, timezone };
		try {
			const values = readValues(context, operation, index);
			options ??= values.options as IDataObject | undefined;
			const work = 'plan' in operation ? operation.plan(values, item) : operation.target(values, item);
			planned.push({ index, work });
		} catch (error) {
			outcomes.fail(index, error);
		}
	}
	if (planned.length > 0 && outcomes.goesOn) {
		const client = await table.connect(context, options ?? {});
		const concurrency = Number(options?.concurrency ?? table.concurrency);
		await carryOut(operation, client, planned, concurrency, outcomes);
	}
	return outcomes.output(table.service);
}

async function carryOut<Client>(
	operation: Operation<Client>,
	client: Client,
	planned: Planned[],
	concurrency: number,
	outcomes: Outcomes,
): Promise<void> {
	const plan = (position: number) => planned[position].work as Plan<Client>;
	if ('plan' in operation) {
		await schedule({
			count: planned.length,
			concurrency,
			lane: (position) => plan(position).lane,
			async run(position) {
				const { index } = planned[position];
				try {
					outcomes.succeed(index, await plan(position).run(client));
				} catch (error) {
					outcomes.fail(index, error);
				}
				return outcomes.goesOn;
			},
		});
		return;
	}
	const targets = planned.map(({ work }) => work);
	(await operation.runAll(client, targets)).forEach((outcome, position) => {
		const { index } = planned[position];
		if (outcome instanceof Error) outcomes.fail(index, outcome);
		else outcomes.succeed(index, outcome);
	});
}
