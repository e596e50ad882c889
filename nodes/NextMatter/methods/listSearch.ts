import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';

import { InputError } from '../../kernel/errors';
import type { NextMatterClient } from '../api/client';
import { rememberedWorkflows, rememberWorkflow } from '../api/memory';
import { fieldsOf, notOffered, readForm } from '../api/structure';
import { recogniseType } from '../formFields/recognise';
import { fieldTypes } from '../formFields/types';
import { inEditor, parentId, placeOf } from './parents';

/** Rows per page of a list in the editor. */
const PAGE_SIZE = 100;

/** Names are looked up for no more remembered workflows than this. */
const MOST_NAMES = 10;

const APP_URL = 'https://app.nextmatter.com';

/** What to do where there is no list, in the words of the editor. Shown in the place of the list. */
const noParent = (what: string) =>
	new InputError(
		`Choose ${what} first`,
		'It is in a field above. If an expression stands there its value is not known yet: choose "By ID" instead of "From list" here.',
	);

const matches = (name: string, id: number, filter = '') =>
	name.toLowerCase().includes(filter.toLowerCase()) || String(id).includes(filter);

type Search = (this: ILoadOptionsFunctions, filter?: string, paginationToken?: string) => Promise<INodeListSearchResult>;

type List = (
	context: ILoadOptionsFunctions,
	client: NextMatterClient,
	filter?: string,
	token?: string,
) => Promise<INodeListSearchResult>;

const search = (list: List): Search =>
	async function (filter, paginationToken) {
		return await inEditor(this, async (client) => await list(this, client, filter, paginationToken));
	};

/** The workflows used before, with their names where the API tells them. */
async function remembered(client: NextMatterClient, filter?: string): Promise<INodeListSearchResult> {
	const known = rememberedWorkflows(client.account);
	const unnamed = known.filter(({ name }) => name === '').slice(0, MOST_NAMES);
	await Promise.all(
		unnamed.map(async ({ id }) => await client.getWorkflow(id).catch(() => rememberWorkflow(client.account, id, `Workflow ${id}`))),
	);
	const results = rememberedWorkflows(client.account)
		.filter(({ id, name }) => matches(name, id, filter))
		.map(({ id, name }): INodeListSearchItems => ({ name: name || `Workflow ${id}`, value: String(id), url: APP_URL }));
	if (results.length > 0 || filter) return { results };
	throw new InputError(
		'Next Matter gives no list of workflows here',
		'Choose "By ID" instead of "From list": it is the number at the end of the URL of the workflow. Once used, the workflow is offered here.',
	);
}

export const searchWorkflows = search(async (_context, client, filter, token) => {
	try {
		const page = await client.workflowPage(filter ?? '', PAGE_SIZE, token);
		const results = page.rows
			.map(({ id, name, title }) => ({ id, name: String(name ?? title ?? `Workflow ${id}`) }))
			.filter(({ id, name }) => matches(name, id, filter));
		for (const { id, name } of results) rememberWorkflow(client.account, id, name);
		return {
			results: results.map(({ id, name }) => ({ name, value: String(id), url: APP_URL })),
			paginationToken: page.next ?? undefined,
		};
	} catch (error) {
		if (!notOffered(error)) return await Promise.reject(error as Error);
	}
	return await remembered(client, filter);
});

export const searchInstances = search(async (context, client, filter, token) => {
	const workflow = parentId(context, 'workflowId');
	if (workflow === undefined) {
		throw noParent('a workflow');
	}
	const page = await client.instancePage(workflow, { name: filter, ordering: '-started_time' }, PAGE_SIZE, token);
	return {
		results: page.rows.map(({ id, name, status, public_url: url }) => ({
			name: `${name || `Instance ${id}`} (${String(status).toLowerCase()})`,
			value: String(id),
			url: url ?? APP_URL,
		})),
		paginationToken: page.next ?? undefined,
	};
});

export const searchSteps = search(async (context, client, filter) => {
	const place = placeOf(context);
	if (place.instanceId === undefined && place.workflowId === undefined) {
		throw noParent('an instance or a workflow');
	}
	const { steps, activeStepIds } = await readForm(client, place);
	const active = new Set(activeStepIds);
	const named = steps.map(({ id, name }) => ({ id, name: name || `Step ${id}` }));
	const unlisted = activeStepIds.filter((id) => !steps.some((step) => step.id === id)).map((id) => ({ id, name: `Step ${id}` }));
	const results = [...named, ...unlisted]
		.filter(({ id, name }) => matches(name, id, filter))
		.sort((a, b) => Number(active.has(b.id)) - Number(active.has(a.id)))
		.map(({ id, name }) => ({ name: active.has(id) ? `${name} (active)` : name, value: String(id), url: APP_URL }));
	if (results.length > 0 || filter) return { results };
	throw new InputError('The steps cannot be read here', 'Choose "By ID" instead of "From list": the ID stands in the URL of the step.');
});

export const searchFormFields = search(async (context, client, filter) => {
	const place = placeOf(context);
	if (place.instanceId === undefined && place.workflowId === undefined) {
		throw noParent('an instance or a workflow');
	}
	const fields = fieldsOf(await readForm(client, place), parentId(context, 'stepId'));
	const results = fields
		.map(({ id, name, type, value }) => {
			const recognised = fieldTypes.find((known) => known.value === recogniseType(type, value));
			return { id, name: name || `Form field ${id}`, type: recognised?.name };
		})
		.filter(({ id, name }) => matches(name, id, filter))
		.map(({ id, name, type }) => ({ name: type ? `${name} (${type})` : name, value: String(id), url: APP_URL }));
	if (results.length > 0 || filter) return { results };
	throw new InputError(
		'The form fields cannot be read here',
		'Choose the step first. If that is done choose "By ID" instead of "From list": Next Matter shows the ID in the workflow editor.',
	);
});
