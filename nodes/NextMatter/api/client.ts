import type { IDataObject } from 'n8n-workflow';

import { ServiceError } from '../../kernel/errors';
import type { Page } from '../../kernel/paginate';
import { collectPages, sameOrigin } from '../../kernel/paginate';
import type { FieldInput } from '../formFields';
import { isRecord } from '../formFields/types';
import type { Connection } from './connection';
import { rememberWorkflow } from './memory';
import type { Field } from './snapshot';
import { readStructure } from './snapshot';
import type { FieldRow, Instance, InstanceFields, InstanceFilters, InstanceRow, Named } from './types';

/** Rows per page: the largest that the API gives. */
const MAX_PAGE_SIZE = 500;

export interface InstanceDetail {
	/** Values of the form fields inside the snapshot (`inject_values`). */
	values?: boolean;
	/** Times of the steps inside the snapshot (`steps_time_frame`). */
	stepTimes?: boolean;
}

/** The calls of the Next Matter API: paths and wire names. Every ID is a whole number here. */
export class NextMatterClient {
	private readonly forms = new Map<number, Promise<Field[]>>();

	constructor(private readonly connection: Connection) {}

	/** Tells this company and key from others, without being the key. */
	get account(): string {
		return this.connection.account;
	}

	/** Ends when the user stops the execution. */
	get signal(): AbortSignal | undefined {
		return this.connection.signal;
	}

	private url(path: string): string {
		return `${this.connection.baseUrl}${path}`;
	}

	/** `POST /instances/`. Not idempotent: sent once. */
	async createInstance(workflowId: number, fields: InstanceFields): Promise<Instance> {
		const instance = (await this.connection.send({
			method: 'POST',
			url: this.url('/instances/'),
			body: { process: this.url(`/processes/${workflowId}/`), ...fields },
			effect: 'once',
			expectsJson: true,
		})) as Instance;
		rememberWorkflow(this.account, workflowId);
		return instance;
	}

	/** `GET /instances/{id}/`. */
	async getInstance(id: number, { values, stepTimes }: InstanceDetail = {}): Promise<Instance> {
		return (await this.connection.send({
			method: 'GET',
			url: this.url(`/instances/${id}/`),
			query: { inject_values: values || undefined, steps_time_frame: stepTimes || undefined },
			effect: 'read',
			expectsJson: true,
		})) as Instance;
	}

	/** `PUT /instances/{id}/`: replaces what can be written, so `fields` must be complete. */
	async replaceInstance(id: number, fields: InstanceFields & { process?: string }): Promise<Instance> {
		return (await this.connection.send({
			method: 'PUT',
			url: this.url(`/instances/${id}/`),
			body: fields,
			effect: 'repeatable',
			expectsJson: true,
		})) as Instance;
	}

	/** `POST /instances/{id}/complete_step/`: saving twice stores the same, completing twice is refused. */
	async completeStep(
		id: number,
		stepId: number,
		actions: FieldInput[],
		mode: 'complete' | 'save',
	): Promise<Instance> {
		return (await this.connection.send({
			method: 'POST',
			url: this.url(`/instances/${id}/complete_step/`),
			body: { step_id: stepId, actions, mode },
			effect: mode === 'save' ? 'repeatable' : 'once',
			expectsJson: true,
		})) as Instance;
	}

	/** The form fields of a step, read once per step and client: all instances of a workflow share them. */
	async form(instance: number | Instance, stepId: number): Promise<Field[]> {
		const known = this.forms.get(stepId);
		if (known) return await known;
		const read = (async () => {
			// The values help to tell the type of a field where the snapshot does not name it.
			const whole = typeof instance === 'number' ? await this.getInstance(instance, { values: true }) : instance;
			return readStructure(whole.process_snapshot).steps.find(({ id }) => id === stepId)?.fields ?? [];
		})();
		this.forms.set(stepId, read);
		read.catch(() => this.forms.delete(stepId));
		return await read;
	}

	/** Whether the key is accepted: an instance that cannot exist is "not found" only for who may ask. Rejects if not. */
	async checkKey(): Promise<void> {
		const call = { method: 'GET', url: this.url('/instances/0/'), effect: 'read', expectsJson: false } as const;
		await this.connection.send(call).catch((error: unknown) => {
			if (error instanceof ServiceError && error.status === 404) return;
			if (!(error instanceof ServiceError) || error.failure.kind !== 'refused') throw error;
			throw new ServiceError(
				`Next Matter does not accept the API key (${error.status})`,
				error.failure,
				'It may be mistyped, expired or revoked. Test it in the credential.',
			);
		});
	}

	/** `POST /instances/bulk/abort`. Gives the IDs in the answer. */
	async abortInstances(ids: number[]): Promise<number[] | undefined> {
		const answer = await this.connection.send({
			method: 'POST',
			url: this.url('/instances/bulk/abort'),
			body: { ids },
			effect: 'once',
			expectsJson: false,
		});
		const stopped = isRecord(answer) ? answer.ids : undefined;
		return Array.isArray(stopped) ? stopped.map(Number) : undefined;
	}

	/** `POST /instances/bulk/delete`. */
	async deleteInstances(ids: number[]): Promise<void> {
		await this.connection.send({
			method: 'POST',
			url: this.url('/instances/bulk/delete'),
			body: { ids },
			effect: 'once',
			expectsJson: false,
		});
	}

	/** `GET /processes/{id}/instances/`, page by page, each instance once. */
	async listInstances(workflowId: number, filters: InstanceFilters, limit?: number): Promise<InstanceRow[]> {
		const rows = await this.list<InstanceRow>(`/processes/${workflowId}/instances/`, filters, limit);
		rememberWorkflow(this.account, workflowId);
		return [...new Map(rows.map((row) => [row.id, row])).values()];
	}

	/** One page of the same, for lists in the editor and for polls. `link`: the `next` of the page before. */
	async instancePage(workflowId: number, filters: InstanceFilters, pageSize: number, link?: string): Promise<Page<InstanceRow>> {
		const page = await this.linkedPage<InstanceRow>(
			`/processes/${workflowId}/instances/`,
			{ ...filters, ...pageSizes(pageSize) },
			link,
		);
		rememberWorkflow(this.account, workflowId);
		return page;
	}

	/** `GET /processes/{id}/steps/{id}/actions/{id}/`: one field's value in every instance. */
	async listFieldValues(
		{ workflow, step, field }: { workflow: number; step: number; field: number },
		filters: InstanceFilters,
		limit?: number,
	): Promise<FieldRow[]> {
		// Without an order rows may change their place between two pages, and be missed.
		const query = { ordering: '-started_time', ...filters };
		const rows = await this.list<FieldRow>(`/processes/${workflow}/steps/${step}/actions/${field}/`, query, limit);
		return [...new Map(rows.map((row) => [row.instance_id, row])).values()];
	}

	/** The first page of the same. */
	async fieldValuePage(
		{ workflow, step, field }: { workflow: number; step: number; field: number },
		filters: InstanceFilters,
	): Promise<Page<FieldRow>> {
		const path = `/processes/${workflow}/steps/${step}/actions/${field}/`;
		return await this.linkedPage<FieldRow>(path, { ...filters, ...pageSizes(MAX_PAGE_SIZE) });
	}

	/** `GET /processes/{id}/`. Not in the public reference. */
	async getWorkflow(id: number): Promise<IDataObject> {
		const workflow = (await this.connection.send({
			method: 'GET',
			url: this.url(`/processes/${id}/`),
			effect: 'read',
			expectsJson: true,
		})) as IDataObject;
		rememberWorkflow(this.account, id, String(workflow.name ?? workflow.title ?? ''));
		return workflow;
	}

	/** `GET /processes/`: one page of workflows. Not in the public reference. */
	async workflowPage(search: string, pageSize: number, link?: string): Promise<Page<Named>> {
		return await this.linkedPage<Named>('/processes/', { name: search, search, ...pageSizes(pageSize) }, link);
	}

	/**
	 * `POST /files/` or `POST /images/`. Not in the public reference. `about`: what the file belongs to.
	 * Gives the service's answer.
	 */
	async upload(
		kind: 'file' | 'image',
		file: { data: Buffer; fileName: string; mimeType: string },
		about: { process?: number; process_instance?: number } = {},
	): Promise<IDataObject> {
		const form = new FormData();
		form.append(kind, new Blob([new Uint8Array(file.data)], { type: file.mimeType }), file.fileName);
		for (const [name, value] of Object.entries(about)) if (value !== undefined) form.append(name, String(value));
		return (await this.connection.send({
			method: 'POST',
			url: this.url(kind === 'file' ? '/files/' : '/images/'),
			body: form,
			effect: 'once',
			expectsJson: true,
		})) as IDataObject;
	}

	private async list<Row>(path: string, filters: InstanceFilters, limit = Number.POSITIVE_INFINITY): Promise<Row[]> {
		const query = { ...filters, ...pageSizes(Math.min(limit, MAX_PAGE_SIZE)) };
		const first = this.url(path);
		return await collectPages(first, async (url) => await this.page<Row>(url, url === first ? query : {}), limit);
	}

	/**
	 * One page. The link to the next is checked when it is followed, not before: the page that is
	 * there is good even if the link is not, and the link may come back from the editor.
	 */
	private async linkedPage<Row>(path: string, query: InstanceFilters, link?: string): Promise<Page<Row>> {
		const first = this.url(path);
		return await (link ? this.page<Row>(sameOrigin(link, first), {}) : this.page<Row>(first, query));
	}

	/** Also takes a bare list, which an API without pages gives. */
	private async page<Row>(url: string, query: InstanceFilters): Promise<Page<Row>> {
		const answer = await this.connection.send({ method: 'GET', url, query, effect: 'read', expectsJson: true });
		if (Array.isArray(answer)) return { rows: answer as Row[] };
		const { results, next, count } = answer as { results?: Row[]; next?: string | null; count?: number };
		return { rows: results ?? [], next, count };
	}
}

/** Prose and parameter table of the API name the page size differently; the one that is unknown is ignored. */
function pageSizes(size: number): InstanceFilters {
	return { page_size: size, limit: size };
}
