/**
 * Checks requests against the OpenAPI schemas and words the errors as Django REST framework and django-filter do.
 *
 * No error body is documented; these texts are the framework's defaults (reference, 6.4).
 */
import type { Parameter, Schema } from './openapi.mts';
import { parseDuration } from './duration.mts';
import { formatDateTime, parseDateTime } from './time.mts';

/** A list of texts, or errors by field name or position. */
export type DrfErrors = string[] | { [field: string]: DrfErrors } | DrfErrors[];

export type Checked<T = unknown> = { value: T; errors?: undefined } | { errors: DrfErrors };

/** An answer other than success; thrown anywhere, written by the server. */
export class ApiError extends Error {
	readonly status: number;
	readonly body: unknown;
	readonly headers: Record<string, string>;

	constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
		super(typeof body === 'string' ? body : JSON.stringify(body));
		this.status = status;
		this.body = body;
		this.headers = headers;
	}
}

export const detail = (status: number, text: string, headers?: Record<string, string>) =>
	new ApiError(status, { detail: text }, headers);
export const invalid = (errors: DrfErrors) => new ApiError(400, errors);
export const invalidAll = (text: string) => invalid({ non_field_errors: [text] });

/** Type names as Python prints them. */
export function pythonType(value: unknown): string {
	if (value === null || value === undefined) return 'NoneType';
	if (Array.isArray(value)) return 'list';
	if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
	return { string: 'str', boolean: 'bool' }[typeof value as 'string'] ?? 'dict';
}

const isDict = (value: unknown): value is Record<string, unknown> => pythonType(value) === 'dict';

interface BodyOptions {
	/** As a PATCH: nothing is required. */
	partial?: boolean;
	/** Required fields that may be missing after all. */
	optional?: readonly string[];
}

/** Checks a request body. The cleaned value holds only known, writable fields that were sent. */
export function checkBody(schema: Schema, data: unknown, options: BodyOptions = {}): Checked<Record<string, unknown>> {
	return checkSerializer(schema, data ?? {}, options);
}

function checkSerializer(schema: Schema, data: unknown, options: BodyOptions = {}): Checked<Record<string, unknown>> {
	if (!isDict(data)) {
		return { errors: { non_field_errors: [`Invalid data. Expected a dictionary, but got ${pythonType(data)}.`] } };
	}
	const value: Record<string, unknown> = {};
	const errors: Record<string, DrfErrors> = {};
	for (const [name, field] of Object.entries(schema.properties ?? {})) {
		if (field.readOnly) continue;
		if (data[name] === undefined) {
			const required = schema.required?.includes(name) && !options.partial && !options.optional?.includes(name);
			if (required) errors[name] = ['This field is required.'];
			continue;
		}
		const checked = checkField(field, data[name]);
		if (checked.errors) errors[name] = checked.errors;
		else value[name] = checked.value;
	}
	return Object.keys(errors).length > 0 ? { errors } : { value };
}

function checkField(field: Schema, data: unknown): Checked {
	if (data === null) return field.nullable ? { value: null } : { errors: ['This field may not be null.'] };
	if (field.enum) return checkChoice(field, data);
	switch (field.type) {
		case 'integer':
			return checkInteger(data);
		case 'array':
			return checkList(field.items!, data);
		case 'object':
			// Without declared properties it is a free dictionary.
			if (field.properties) return checkSerializer(field, data);
			return isDict(data)
				? { value: data }
				: { errors: [`Expected a dictionary of items but got type "${pythonType(data)}".`] };
		default:
			return field.format === 'date-time' ? checkDateTime(data) : checkText(field, data);
	}
}

function checkChoice(field: Schema, data: unknown): Checked {
	return field.enum!.includes(data) ? { value: data } : { errors: [`"${String(data)}" is not a valid choice.`] };
}

function checkInteger(data: unknown): Checked {
	const isInteger = Number.isSafeInteger(data) || (typeof data === 'string' && /^\s*[-+]?\d+(?:\.0*)?\s*$/.test(data));
	return isInteger ? { value: Number(data) } : { errors: ['A valid integer is required.'] };
}

function checkText(field: Schema, data: unknown): Checked {
	if (typeof data !== 'string' && typeof data !== 'number') return { errors: ['Not a valid string.'] };
	// Hyperlinks report their own type error; see the handler of `process`.
	if (field.format === 'uri') {
		return typeof data === 'string'
			? { value: data }
			: { errors: [`Incorrect type. Expected URL string, received ${pythonType(data)}.`] };
	}
	const value = String(data).trim();
	if (value === '' && !field['x-blank']) return { errors: ['This field may not be blank.'] };
	if (field.maxLength !== undefined && [...value].length > field.maxLength) {
		return { errors: [`Ensure this field has no more than ${field.maxLength} characters.`] };
	}
	return { value };
}

const DATE_TIME_FORMAT = 'YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]';

function checkDateTime(data: unknown): Checked {
	const at = typeof data === 'string' && data.includes(':') ? parseDateTime(data) : undefined;
	return at === undefined
		? { errors: [`Datetime has wrong format. Use one of these formats instead: ${DATE_TIME_FORMAT}.`] }
		: { value: formatDateTime(at) };
}

function checkList(items: Schema, data: unknown): Checked {
	const nested = items.properties !== undefined;
	if (!Array.isArray(data)) {
		const errors = [`Expected a list of items but got type "${pythonType(data)}".`];
		return { errors: nested ? { non_field_errors: errors } : errors };
	}
	const checked = data.map((item) => checkField(items, item));
	if (checked.every(({ errors }) => !errors))
		return { value: checked.map((item) => (item as { value: unknown }).value) };
	// Lists of serializers report one entry per item, plain lists only the positions that are wrong.
	return {
		errors: nested
			? checked.map(({ errors }) => errors ?? {})
			: Object.fromEntries(checked.flatMap(({ errors }, index) => (errors ? [[String(index), errors]] : []))),
	};
}

export type QueryValue = string | number | boolean | string[];

/**
 * Checks query parameters as django-filter does: unknown ones are ignored, an empty one is no filter.
 * Times and durations come out in microseconds.
 */
export function checkQuery(
	parameters: Parameter[],
	data: Record<string, unknown>,
): Checked<Record<string, QueryValue>> {
	const value: Record<string, QueryValue> = {};
	const errors: Record<string, string[]> = {};
	for (const { name, schema } of parameters) {
		// A repeated parameter counts with its last value.
		const sent = Array.isArray(data[name]) ? data[name].at(-1) : data[name];
		if (typeof sent !== 'string' || sent === '') continue;
		const checked = checkParameter(schema, sent);
		if (checked.errors) errors[name] = checked.errors as string[];
		else value[name] = checked.value;
	}
	return Object.keys(errors).length > 0 ? { errors } : { value };
}

function checkParameter(schema: Schema, text: string): Checked<QueryValue> {
	const choice = (allowed: Schema, item: string) =>
		!allowed.enum || allowed.enum.includes(item)
			? undefined
			: [`Select a valid choice. ${item} is not one of the available choices.`];

	if (schema.type === 'array') {
		const items = text.split(',').map((item) => item.trim());
		const errors = items.map((item) => choice(schema.items!, item)).find((wrong) => wrong);
		return errors ? { errors } : { value: items };
	}
	if (schema.type === 'number' || schema.type === 'integer') {
		const number = Number(text);
		return /^\s*[-+]?[\d.]+\s*$/.test(text) && !Number.isNaN(number)
			? { value: number }
			: { errors: ['Enter a number.'] };
	}
	if (schema.type === 'boolean') return { value: ['true', '1', 'yes', 'on'].includes(text.toLowerCase()) };
	if (schema.format === 'date-time') {
		const at = parseDateTime(text);
		return at === undefined ? { errors: ['Enter a valid date/time.'] } : { value: at };
	}
	if (schema.format === 'duration') {
		const length = parseDuration(text);
		return length === undefined ? { errors: ['Enter a valid duration.'] } : { value: length };
	}
	const errors = choice(schema, text);
	return errors ? { errors } : { value: text };
}
