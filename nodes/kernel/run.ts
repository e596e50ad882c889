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
	// n8n gives a node that an AI agent uses a type of its own.
	const isTool = node.type.endsWith('Tool');
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
		// The model is shown the message alone: what to do, and the service's own words, must stand there too.
		if (isTool && !continues && nodeError.description)
			nodeError.message = `${nodeError.message}. ${nodeError.description}`;
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
