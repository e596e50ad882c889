/** One API request as the handlers see it. */
import { checkBody, checkQuery, detail, invalid } from './drf.mts';
import { resolve, type Operation, type Parameter, type Schema } from './openapi.mts';
import type { Query } from './filters.mts';
import type { PageRequest, RawQuery } from './paging.mts';
import type { Store } from './store.mts';
import type { Switches } from './switches.mts';
import type { Instance, Workflow } from './types.mts';

export interface CallSource {
	operation: Operation;
	/** `http://host:port` as the client addressed it. */
	origin: string;
	path: string;
	params: Record<string, string>;
	query: RawQuery;
	contentType: string;
	rawBody: Buffer;
	store: Store;
	switches: Switches;
}

export class Call {
	readonly origin: string;
	readonly rawQuery: RawQuery;
	readonly contentType: string;
	readonly rawBody: Buffer;
	readonly store: Store;
	readonly switches: Switches;
	readonly pageRequest: PageRequest;
	readonly #source: CallSource;

	constructor(source: CallSource) {
		this.#source = source;
		this.origin = source.origin;
		this.rawQuery = source.query;
		this.contentType = source.contentType;
		this.rawBody = source.rawBody;
		this.store = source.store;
		this.switches = source.switches;
		this.pageRequest = { query: source.query, switches: source.switches, url: source.origin + source.path };
	}

	/** An id from the path; anything but digits cannot be found. */
	id(name: string, model: string): number {
		const text = this.#source.params[name];
		if (!/^\d{1,15}$/.test(text)) throw this.notFound(model);
		return Number(text);
	}

	notFound(model: string) {
		const { notFoundText } = this.switches;
		return detail(404, notFoundText === 'model' ? `No ${model} matches the given query.` : 'Not found.');
	}

	instance(): Instance {
		const instance = this.store.instances.get(this.id('id', 'ProcessInstance'));
		if (!instance) throw this.notFound('ProcessInstance');
		return instance;
	}

	workflow(parameter: string): Workflow {
		const workflow = this.store.workflows.get(this.id(parameter, 'Process'));
		if (!workflow) throw this.notFound('Process');
		return workflow;
	}

	/** The checked query parameters. */
	query(): Query {
		const parameters = (this.#source.operation.parameters ?? []).filter(
			(parameter: Parameter) => parameter.in === 'query',
		);
		const checked = checkQuery(parameters, this.rawQuery);
		if (checked.errors) throw invalid(checked.errors);
		return checked.value;
	}

	/** The checked body. Read on demand, as in DRF: an unknown instance is reported before a broken body. */
	body(options?: Parameters<typeof checkBody>[2]): Record<string, unknown> {
		const checked = checkBody(this.#schema('application/json'), this.#json(), options);
		if (checked.errors) throw invalid(checked.errors);
		return checked.value;
	}

	#schema(mediaType: string): Schema {
		return resolve(this.#source.operation.requestBody!.content[mediaType].schema);
	}

	#json(): unknown {
		if (this.rawBody.length === 0) return {};
		const mediaType = this.contentType.split(';')[0].trim().toLowerCase();
		if (this.switches.strictContentType && mediaType !== 'application/json') throw this.unsupportedMediaType();
		try {
			return JSON.parse(this.rawBody.toString('utf8'));
		} catch {
			throw detail(400, 'JSON parse error - Expecting value: line 1 column 1 (char 0)');
		}
	}

	unsupportedMediaType() {
		return detail(415, `Unsupported media type "${this.contentType}" in request.`);
	}
}
