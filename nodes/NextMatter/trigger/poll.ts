import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { explain, InputError, ServiceError, toNodeError } from '../../kernel/errors';
import { wholeNumberId } from '../../kernel/values';
import { NextMatterClient } from '../api/client';
import { openConnection } from '../api/connection';
import { simplifyInstance } from '../api/instance';
import { nextMatter } from '../operations';
import { fieldNotFound, tooSlowOrNotFound } from '../operations/explanations';
import type { FilterValues } from '../operations/filters';
import { toInstanceFilters } from '../operations/filters';
import { events } from './events';
import type { Found, Watching } from './watch';
import { readIfThere } from './watch';

/** What is kept between polls. A change of the parameters starts anew. */
interface Memory extends IDataObject {
	key?: string;
	state?: IDataObject;
}

/** Reading instances one by one stops after this part of the time that n8n gives a poll. */
const SHARE_OF_BUDGET = 0.5;
const DEFAULT_BUDGET_MS = 300_000;

/** A poll that would have to wait longer after a 429 fails; the next one goes on where it began. */
const LONGEST_WAIT_MS = 120_000;

function locator(context: IPollFunctions, name: string, label: string): number {
	const value = context.getNodeParameter(name, '') as unknown;
	const inner = value !== null && typeof value === 'object' && 'value' in value ? value.value : value;
	return wholeNumberId(inner, `'${label}'`);
}

function output(event: string, workflowId: number, { row, instance, extra }: Found, details: boolean): IDataObject {
	if (details && instance) return { event, ...simplifyInstance(instance), ...extra };
	const { id, name, status } = row;
	return { event, id, name, ...(status ? { status: String(status).toLowerCase() } : {}), workflowId, ...extra };
}

/** Polls under way: n8n starts the next one even if the one before takes longer than the interval. */
const underWay = new Set<string>();

async function run(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	const eventName = context.getNodeParameter('event') as string;
	const event = events.find(({ value }) => value === eventName);
	if (!event) throw new InputError(`'Trigger On' cannot be '${eventName}'`, 'Choose the event from the list.');
	const workflowId = locator(context, 'workflowId', 'Workflow');
	const ids = {
		stepId: event.needs.includes('stepId') ? locator(context, 'stepId', 'Step') : 0,
		actionId: event.needs.includes('actionId') ? locator(context, 'actionId', 'Form Field') : 0,
	};
	const filters = toInstanceFilters(context.getNodeParameter('filters', {}) as FilterValues, context.getTimezone());
	const details = (context.getNodeParameter('options', {}) as IDataObject).includeDetails === true;
	const connection = await openConnection(context, {}, LONGEST_WAIT_MS);
	const client = new NextMatterClient(connection);
	const budget = 'getPollBudgetMs' in context ? context.getPollBudgetMs() : DEFAULT_BUDGET_MS;
	const deadline = Date.now() + budget * SHARE_OF_BUDGET;
	const watching: Watching = { client, workflowId, filters, deadline, details };
	const watch = event.watch(ids);

	if (context.getMode() === 'manual') {
		const sample = await watch.sample(watching);
		if (!sample) {
			throw new NodeOperationError(context.getNode(), 'There is no instance yet that could serve as a sample', {
				description: 'Start an instance in Next Matter that fits the event and the filters, then fetch the test event again.',
			});
		}
		const instance = details ? await readIfThere(client, sample.row.id) : undefined;
		return [[{ json: output(eventName, workflowId, { ...sample, instance }, details) }]];
	}

	// Two polls from the same state would give the same events. The next poll after this one gives what is new.
	const poll = `${context.getWorkflow().id} ${context.getNode().id}`;
	if (underWay.has(poll)) return null;
	underWay.add(poll);
	try {
		const memory = context.getWorkflowStaticData('node') as Memory;
		const key = JSON.stringify([connection.account, eventName, workflowId, ids, filters]);
		const { found, state } = await watch.poll(watching, memory.key === key ? memory.state : undefined);
		memory.key = key;
		memory.state = state as IDataObject;
		if (found.length === 0) return null;
		return [found.map((one) => ({ json: output(eventName, workflowId, one, details) }))];
	} finally {
		underWay.delete(poll);
	}
}

/** One poll. Failures say what happened; what was remembered stays as it was. */
export async function pollEvents(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	let failed: unknown;
	try {
		return await run(context);
	} catch (error) {
		failed = error;
	}
	if (failed instanceof ServiceError) {
		const isField = context.getNodeParameter('event', '') === 'fieldValueChanged';
		explain(failed, nextMatter, isField ? fieldNotFound(failed) : tooSlowOrNotFound(failed));
	}
	const shown = toNodeError(context.getNode(), failed, 0);
	if (failed instanceof ServiceError || failed instanceof InputError) shown.message = failed.message;
	throw shown;
}
