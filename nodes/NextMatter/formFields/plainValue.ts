import type { IDataObject } from 'n8n-workflow';

import { isRecord } from './types';

/** Keys of an `input_object` whose content alone is the value. */
const VALUE_KEYS = [
	'inputValue',
	'emailValue',
	'numberValue',
	'date',
	'itemsChecked',
	'itemsSelected',
	'itemSelected',
	'radioItemSelected',
	'files',
	'images',
	'url',
	'jsonResult',
	'selection',
	'user_email',
] as const;

const ALL_KEYS: readonly string[] = [...VALUE_KEYS, 'street', 'city', 'zipCode', 'returnToStep'];

/** Whether an object looks like an `input_object` in one of its documented forms. */
export function looksLikeInput(value: unknown): value is IDataObject {
	return isRecord(value) && ALL_KEYS.some((key) => key in value);
}

/**
 * The value that a form field holds, without the wrapping of its type: a text, number, list, the
 * rows of a table, an email address. Address and routing stay objects; so does what is not known.
 */
export function plainValue(value: unknown): unknown {
	let inner = value;
	while (isRecord(inner)) {
		const holder: IDataObject = inner;
		const key = VALUE_KEYS.find((candidate) => Object.hasOwn(holder, candidate));
		if (key === undefined) return holder;
		inner = holder[key];
		if (key === 'jsonResult' && typeof inner === 'string') return parsed(inner);
	}
	return inner;
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return text;
	}
}
