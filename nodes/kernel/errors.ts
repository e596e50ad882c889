import type { IDataObject, INode, INodeExecutionData } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

/** A value the user gave cannot be used. Raised before anything is sent. */
export class InputError extends Error {
	readonly description?: string;

	constructor(message: string, description?: string) {
		super(message);
		this.name = 'InputError';
		this.description = description;
	}
}

/**
 * How a call to the service ended when it did not succeed.
 * - `notSent`: no connection, so the service cannot have done anything.
 * - `noAnswer`: sent, but no complete answer came back.
 * - `notReadable`: an answer came that is not what the service sends (HTML, cut-off JSON, a redirect).
 * - `refused`: the service answered with an error status.
 * - `cancelled`: the user stopped the execution.
 */
export type FailureKind = 'notSent' | 'noAnswer' | 'notReadable' | 'refused' | 'cancelled';

/** One message of the service about one field, such as `["actions", 1, "action_id"]`. */
export interface FieldError {
	path: Array<string | number>;
	text: string;
}

export interface ServiceFailure {
	kind: FailureKind;
	/** HTTP status; absent when there was no answer. */
	status?: number;
	/** What the service itself said, secrets removed. */
	words: string;
	/** The same, per field, where the service named fields. */
	fields: FieldError[];
	/** Whether the service may have done the work although the call failed. */
	unclear: boolean;
	/** How long the service asked to wait, in milliseconds. */
	retryAfterMs?: number;
}

/** A call that the service did not answer as hoped. Holds no secret and no request. */
export class ServiceError extends Error {
	/** Facts for the failed item, such as the ID of what exists already. */
	details: IDataObject = {};

	readonly failure: ServiceFailure;

	description: string;

	constructor(message: string, failure: ServiceFailure, description = '') {
		super(message);
		this.name = 'ServiceError';
		this.failure = failure;
		this.description = description;
	}

	get status(): number | undefined {
		return this.failure.status;
	}
}

/** What an operation adds to a failure: what happened, and what to do, in its own terms. */
export type Explanation = { message?: string; description?: string };

/** Texts that depend on the service and on the node's parameters. */
export interface ErrorTexts {
	/** The service's name as users know it. */
	service: string;
	/** The parameter's name in the editor for each field name that the service uses. */
	labels: Readonly<Record<string, string>>;
}

const MAX_WORDS = 600;
/** Nested deeper is no message for a person. */
const MAX_DEPTH = 20;

/** Takes every secret, raw or URL-encoded, out of a text that came from outside. */
export function redact(text: string, secrets: readonly string[]): string {
	return (
		secrets
			.filter((secret) => secret.length > 0)
			.flatMap((secret) => [secret, encodeURIComponent(secret)])
			// One may be a part of another, of which nothing may be left.
			.sort((a, b) => b.length - a.length)
			.reduce((clean, secret) => clean.split(secret).join('***'), text)
	);
}

/**
 * Flattens an error body into messages per field.
 * Accepts a text, a list, an object of lists, and any nesting of them (Django REST Framework's
 * forms: `{"detail": "…"}`, `{"name": ["…"]}`, `{"actions": [{}, {"action_id": ["…"]}]}`).
 */
export function fieldErrors(body: unknown, path: Array<string | number> = []): FieldError[] {
	if (body === null || body === undefined || body === '' || path.length > MAX_DEPTH) return [];
	if (Array.isArray(body)) {
		return body.flatMap((entry, index) =>
			typeof entry === 'object' ? fieldErrors(entry, [...path, index]) : fieldErrors(entry, path),
		);
	}
	if (typeof body === 'object') {
		return Object.entries(body).flatMap(([key, value]) => fieldErrors(value, [...path, key]));
	}
	return [{ path, text: String(body) }];
}

/** Keys under which a service puts a message about the whole request. */
const WHOLE_REQUEST = new Set(['detail', 'message', 'error', 'non_field_errors', 'errors']);

function describeField({ path, text }: FieldError, labels: ErrorTexts['labels']): string {
	const names = path
		.filter((step) => !WHOLE_REQUEST.has(String(step)))
		.map((step) =>
			typeof step === 'number' ? `entry ${step + 1}` : `'${Object.hasOwn(labels, step) ? labels[step] : step}'`,
		);
	return names.length === 0 ? text : `${names.join(', ')}: ${text}`;
}

/** The service's own words, each with the parameter that it is about. */
export function serviceWords(failure: ServiceFailure, labels: ErrorTexts['labels'] = {}): string {
	const words =
		failure.fields.length > 0 ? failure.fields.map((field) => describeField(field, labels)).join(' · ') : failure.words;
	return words.length > MAX_WORDS ? `${words.slice(0, MAX_WORDS)}…` : words;
}

const STATUS_TEXTS: Readonly<Record<number, readonly [what: string, advice: string]>> = {
	401: [
		'did not accept the credential',
		'The key may be mistyped, expired or revoked. Check it in the credential and test it there.',
	],
	403: [
		'refused access',
		'The credential is not accepted, or its user may not do this. Test the credential, then check the rights of its user.',
	],
	404: [
		'did not find what was asked for',
		'It may have been deleted, or an ID is wrong. Check the IDs, or choose from the list.',
	],
	429: [
		'has reached its rate limit',
		"Waiting did not help. Nothing was done for this item. Lower 'Requests per Minute' or 'Max Concurrent Requests' in the options, or run later.",
	],
};

/** What happened, said of the service, and what to do when it is sure that nothing was done. */
function whatHappened({ kind, status = 0 }: ServiceFailure): readonly [what: string, advice: string] {
	if (kind === 'notSent') {
		return ['cannot be reached', "Nothing was sent. Check 'Base URL' in the credential and the network of n8n."];
	}
	if (kind === 'noAnswer') {
		return ['did not answer', 'The connection ended before a complete answer came. Run the item again later.'];
	}
	if (kind === 'notReadable') {
		return [
			'sent an answer that is not JSON',
			"Check 'Base URL' in the credential: a proxy, a login page or another site may be answering.",
		];
	}
	if (status >= 500) return ['could not process the request', 'Wait a minute, then run the item again.'];
	return (
		STATUS_TEXTS[status] ?? [
			'did not accept the request',
			'Correct what it names below, then run the item again. Nothing was done.',
		]
	);
}

const UNCLEAR =
	'It is not known whether the service did the work: look there before you run this item again, so that nothing happens twice.';

/** The text for a failure that the operation says nothing special about. */
function generalText(service: string, failure: ServiceFailure): Required<Explanation> {
	const [what, advice] = whatHappened(failure);
	const status = failure.status === undefined ? '' : ` (${failure.status})`;
	return { message: `${service} ${what}${status}`, description: failure.unclear ? UNCLEAR : advice };
}

/** What the engine is told about the cause, so that it can advise the user (n8n 2.37 and newer). */
function engineFailure(failure: ServiceFailure) {
	const { status, retryAfterMs } = failure;
	if (status === 401) return { cause: 'credential-invalid' as const };
	if (status === 429) return { cause: 'rate-limited' as const, retryAfterMs };
	if (status === 404) return { cause: 'configuration-invalid' as const };
	if (failure.kind === 'notSent' || (status !== undefined && status >= 500)) {
		return { cause: 'temporarily-unavailable' as const };
	}
	return undefined;
}

/** Fills in the text of a service failure: the operation's where it has one, else the general one. */
export function explain(error: ServiceError, texts: ErrorTexts, special: Explanation | undefined): void {
	const general = generalText(texts.service, error.failure);
	const words = serviceWords(error.failure, texts.labels);
	error.message = special?.message ?? (error.message || general.message);
	// A message of the operation alone says what it means; what happened stands in the general one then.
	const whole = special?.message ? `${general.message}. ${general.description}` : general.description;
	// Without an answer the words are those of the network.
	const hasAnswer = ['refused', 'notReadable'].includes(error.failure.kind);
	error.description = [
		special?.description ?? (error.description || whole),
		words && (hasAnswer ? `${texts.service} says: ${words}` : `Reason: ${words}`),
	]
		.filter(Boolean)
		.join(' ');
}

/**
 * Turns whatever an item ended with into the error that the editor shows.
 * The message ends with the item, as n8n's own nodes do it.
 */
export function toNodeError(node: INode, error: unknown, itemIndex: number): NodeApiError | NodeOperationError {
	if (error instanceof NodeApiError || error instanceof NodeOperationError) {
		error.context.itemIndex ??= itemIndex;
		return error;
	}
	const message = `${error instanceof Error ? error.message : String(error)} [item ${itemIndex}]`;
	if (error instanceof ServiceError) {
		const { status } = error.failure;
		const apiError = new NodeApiError(
			node,
			{ message },
			{
				message,
				description: error.description,
				httpCode: status === undefined ? undefined : String(status),
				itemIndex,
				failure: engineFailure(error.failure),
			},
		);
		// The constructor replaces a message that contains a network code by a stock text.
		apiError.message = message;
		apiError.description = error.description;
		apiError.context.details = error.details;
		return apiError;
	}
	const description = error instanceof InputError ? error.description : (error as NodeOperationError)?.description;
	return new NodeOperationError(node, message, { itemIndex, description: description ?? undefined });
}

/**
 * The item that stands for a failed one with "continue on fail".
 * Only `error`, `message` and `details` are allowed: any other key sends it down the success branch.
 */
export function toErrorItem(error: NodeApiError | NodeOperationError, itemIndex: number): INodeExecutionData {
	const details: IDataObject = { ...(error.context.details as IDataObject | undefined) };
	if (error.description) details.description = error.description;
	if (error instanceof NodeApiError && error.httpCode) details.httpCode = error.httpCode;
	return { json: { error: error.message, details }, pairedItem: { item: itemIndex } };
}
