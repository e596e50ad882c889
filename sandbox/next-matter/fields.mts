/**
 * The 17 form field types: what a value must look like, and when it counts as filled.
 *
 * Shapes: the official list in seed 002 (`CompleteAction.input_object`). The wrapped forms are those of
 * docs/complete-a-step (reference, section 4.2). The texts of the errors are invented; no page shows one.
 */
import type { Switches } from './switches.mts';
import { parseDateTime } from './time.mts';
import type { ActionDef, FieldType, InputObject, User, Workflow } from './types.mts';

/** What a check may need to know besides the value. */
export interface FieldContext {
	switches: Switches;
	users: User[];
	workflow: Workflow;
	isUploaded(url: string): boolean;
}

interface FieldKind {
	/** Keys of the documented shape; those with `?` may be left out. */
	keys: string[];
	/** The key that holds the whole value in the wrapped form. */
	wrap?: 'inputValue' | 'url';
	/** Keys that only the wrapped form knows. */
	wrappedKeys?: string[];
	/** @returns what is wrong, or undefined. */
	check(value: InputObject, action: ActionDef, context: FieldContext): string | undefined;
	isEmpty(value: InputObject): boolean;
	/** Rewrites an accepted value into the form that is stored. */
	settle?(value: InputObject, action: ActionDef): InputObject;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
const blank = (value: unknown) => value === undefined || value === null || value === '';
const none = (value: unknown) => !Array.isArray(value) || value.length === 0;

function isWebUrl(text: string): boolean {
	return /^https?:\/\/[^\s]+$/i.test(text) && URL.canParse(text);
}

function choices(picked: unknown, key: string, action: ActionDef): string | undefined {
	if (!isTexts(picked)) return `"${key}" must be a list of strings.`;
	const wrong = picked.find((item) => !action.options?.includes(item));
	if (wrong !== undefined) return `"${wrong}" is not a valid choice.`;
	return new Set(picked).size === picked.length ? undefined : `"${key}" names an option twice.`;
}

function choice(picked: unknown, key: string, action: ActionDef): string | undefined {
	if (!isText(picked)) return `"${key}" must be a string.`;
	if (picked === '') return undefined;
	return action.options?.includes(picked) ? undefined : `"${picked}" is not a valid choice.`;
}

/** Uploads are given as URLs (seed 002); whether any public URL does is open (reference, 11.9). */
function fileUrls(urls: unknown, key: string, context: FieldContext): string | undefined {
	if (!isTexts(urls)) return `"${key}" must be a list of URLs.`;
	const broken = urls.find((url) => !isWebUrl(url));
	if (broken !== undefined) return `"${broken}" is not a valid URL.`;
	if (context.switches.externalFileUrls === 'accept') return undefined;
	const foreign = urls.find((url) => !context.isUploaded(url));
	return foreign === undefined ? undefined : `"${foreign}" is not an uploaded file.`;
}

const listOfUrls = (key: string): FieldKind => ({
	keys: [key],
	check: (value, _action, context) => fileUrls(value[key], key, context),
	isEmpty: (value) => none(value[key]),
});

const text = (key: string): FieldKind => ({
	keys: [key],
	check: (value) => (isText(value[key]) ? undefined : `"${key}" must be a string.`),
	isEmpty: (value) => blank(value[key]),
});

/** Only `skip_forward` is documented; the other three name what the UI offers (docs/routing) in invented words. */
export const ROUTING_ACTIONS = ['skip_forward', 'continue', 'jump_back', 'stop'] as const;

function checkRouting(value: InputObject, { switches, workflow }: FieldContext): string | undefined {
	if (!isText(value.action)) return '"action" must be a string.';
	if (!ROUTING_ACTIONS.includes(value.action as never)) return `"${value.action}" is not a valid choice.`;
	for (const key of ['label', 'comment']) {
		if (value[key] === undefined ? switches.routingKeys === 'all' : !isText(value[key])) {
			return `"${key}" must be a string.`;
		}
	}
	const target = value.returnToStep;
	if (target === undefined && switches.routingKeys === 'all') return '"returnToStep" must be a string.';
	if (blank(target)) return value.action === 'jump_back' ? '"returnToStep" is required to jump back.' : undefined;
	const known = (isText(target) || Number.isInteger(target)) && workflow.nodeById.has(Number(target));
	return known ? undefined : `Step "${String(target)}" does not exist.`;
}

/** "A JSON string: array of rows, first row = headers" (seed 002). */
function checkTable(value: InputObject, action: ActionDef, { switches }: FieldContext): string | undefined {
	if (!isText(value.jsonResult)) return '"jsonResult" must be a string.';
	if (value.jsonResult === '') return undefined;
	let rows: unknown;
	try {
		rows = JSON.parse(value.jsonResult);
	} catch {
		return '"jsonResult" is not valid JSON.';
	}
	if (!Array.isArray(rows) || !rows.every(Array.isArray)) return '"jsonResult" must hold a list of rows.';
	if (rows.flat().some((cell) => typeof cell === 'object' && cell !== null))
		return 'A table cell must be a plain value.';
	if (rows.some((row: unknown[]) => row.length !== rows[0].length))
		return 'Every row must be as long as the header row.';
	const free = switches.tableHeaders === 'free' || !action.columns || rows.length === 0;
	return free || JSON.stringify(rows[0]) === JSON.stringify(action.columns)
		? undefined
		: 'The first row must hold the column names.';
}

const kinds: Record<FieldType, FieldKind> = {
	address: {
		keys: ['city', 'street', 'zipCode'],
		wrap: 'inputValue',
		check: (value) => {
			const wrong = ['city', 'street', 'zipCode'].find((key) => !isText(value[key]));
			return wrong && `"${wrong}" must be a string.`;
		},
		isEmpty: (value) => Object.values(value).every(blank),
	},
	checklist: {
		keys: ['itemsChecked?'],
		wrap: 'inputValue',
		wrappedKeys: ['itemsNotChecked?'],
		check: (value, action) => {
			const { itemsChecked, itemsNotChecked } = value;
			if (itemsChecked === undefined && itemsNotChecked === undefined) return '"itemsChecked" is required.';
			return (
				(itemsChecked === undefined ? undefined : choices(itemsChecked, 'itemsChecked', action)) ??
				(itemsNotChecked === undefined ? undefined : choices(itemsNotChecked, 'itemsNotChecked', action))
			);
		},
		isEmpty: (value) => none(value.itemsChecked),
		// "Giving the not-checked options implies the rest are checked" (docs/complete-a-step).
		settle: ({ itemsChecked, itemsNotChecked }, action) => ({
			itemsChecked:
				itemsChecked ?? (action.options ?? []).filter((item) => !(itemsNotChecked as string[]).includes(item)),
		}),
	},
	date: {
		keys: ['date'],
		check: ({ date }) => {
			if (!isText(date)) return '"date" must be a string.';
			const isUtc = /T.*(?:Z|[+-]00:?00)$/.test(date) && parseDateTime(date) !== undefined;
			return date === '' || isUtc ? undefined : '"date" must be an ISO 8601 date-time in UTC.';
		},
		isEmpty: (value) => blank(value.date),
	},
	drawing: listOfUrls('url'),
	email: {
		keys: ['emailValue'],
		check: ({ emailValue }) =>
			isText(emailValue) && (emailValue === '' || /^[^@\s]+@[^@\s]+\.[^@\s.]+$/.test(emailValue))
				? undefined
				: 'Enter a valid email address.',
		isEmpty: (value) => blank(value.emailValue),
	},
	file: listOfUrls('files'),
	image: listOfUrls('images'),
	// "Instruction needs no input" (article 5322880).
	instruction: { ...text('inputValue'), isEmpty: () => false },
	multiSelect: {
		keys: ['itemsSelected'],
		check: (value, action) => choices(value.itemsSelected, 'itemsSelected', action),
		isEmpty: (value) => none(value.itemsSelected),
	},
	number: {
		keys: ['numberValue', 'formattedValue?'],
		check: ({ numberValue, formattedValue }) => {
			if (typeof numberValue !== 'number') return '"numberValue" must be a number.';
			return formattedValue === undefined || isText(formattedValue) ? undefined : '"formattedValue" must be a string.';
		},
		isEmpty: (value) => blank(value.numberValue),
	},
	radio: {
		keys: ['radioItemSelected'],
		wrap: 'inputValue',
		check: (value, action) => choice(value.radioItemSelected, 'radioItemSelected', action),
		isEmpty: (value) => blank(value.radioItemSelected),
	},
	routing: {
		keys: ['action', 'comment?', 'label?', 'returnToStep?'],
		check: (value, _action, context) => checkRouting(value, context),
		isEmpty: (value) => blank(value.action),
	},
	singleSelect: {
		keys: ['itemSelected'],
		check: (value, action) => choice(value.itemSelected, 'itemSelected', action),
		isEmpty: (value) => blank(value.itemSelected),
	},
	table: {
		keys: ['jsonResult'],
		check: checkTable,
		isEmpty: (value) => blank(value.jsonResult),
	},
	text: text('inputValue'),
	url: {
		keys: ['url'],
		wrap: 'url',
		check: ({ url }) => (isText(url) && (url === '' || isWebUrl(url)) ? undefined : 'Enter a valid URL.'),
		isEmpty: (value) => blank(value.url),
	},
	userSelection: {
		keys: ['selection'],
		check: ({ selection }, _action, { users }) => {
			const email = isObject(selection) ? selection.user_email : undefined;
			if (!isText(email)) return '"selection" must be {"user_email": "…"}.';
			return email === '' || users.some((user) => user.email.toLowerCase() === email.toLowerCase())
				? undefined
				: `There is no user with the email "${email}".`;
		},
		isEmpty: ({ selection }) => !isObject(selection) || blank(selection.user_email),
	},
};

const isObject = (value: unknown): value is InputObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** Checks one value and brings it into the form that is stored, the unwrapped one of seed 002. */
export function acceptInput(
	action: ActionDef,
	input: InputObject,
	context: FieldContext,
): { value: InputObject } | { error: string } {
	const kind = kinds[action.type];
	const { inputObjectForm, extraInputKeys } = context.switches;
	const inner = kind.wrap && isObject(input[kind.wrap]) ? (input[kind.wrap] as InputObject) : undefined;
	if (inner && inputObjectForm === 'reference') return { error: `"${kind.wrap}" must not hold an object.` };
	if (kind.wrap && !inner && inputObjectForm === 'wrapped') return { error: `"${kind.wrap}" must hold an object.` };

	const value = inner ?? input;
	const keys = inner ? [...kind.keys, ...(kind.wrappedKeys ?? [])] : kind.keys;
	const missing = keys.find((key) => !key.endsWith('?') && !(key in value));
	if (missing) return { error: `"${missing}" is required.` };
	const names = keys.map((key) => key.replace('?', ''));
	const extra =
		Object.keys(value).find((key) => !names.includes(key)) ??
		(inner ? Object.keys(input).find((key) => key !== kind.wrap) : undefined);
	if (extra && extraInputKeys === 'reject') return { error: `"${extra}" is not expected here.` };

	const error = kind.check(value, action, context);
	return error ? { error } : { value: kind.settle?.(value, action) ?? value };
}

export const isFilled = (action: ActionDef, value: InputObject | undefined) =>
	action.type === 'instruction' || (value !== undefined && !kinds[action.type].isEmpty(value));

/** A stored value the way it is returned. */
export function presentValue(action: ActionDef, value: InputObject, form: Switches['inputObjectForm']): InputObject {
	const { wrap } = kinds[action.type];
	return wrap && form === 'wrapped' ? { [wrap]: value } : value;
}

/** Names of the types in snapshots. Both sets are invented; the legacy words come from article 5322880. */
const typeNames: Record<FieldType, [plain: string, legacy: string]> = {
	address: ['address', 'Address Input'],
	checklist: ['checklist', 'Checklist'],
	date: ['date', 'Date Input'],
	drawing: ['drawing', 'Drawing'],
	email: ['email', 'Email Input'],
	file: ['file_upload', 'File Upload'],
	image: ['image_upload', 'Image Upload'],
	instruction: ['instruction', 'Instruction'],
	multiSelect: ['multi_select', 'Multi Value Dropdown'],
	number: ['number', 'Number Input'],
	radio: ['radio', 'Radio'],
	routing: ['routing', 'Routing'],
	singleSelect: ['single_select', 'Single Value Dropdown'],
	table: ['table', 'Table'],
	text: ['text', 'String Input'],
	url: ['url', 'URL Input'],
	userSelection: ['user_selection', 'User Selection'],
};

export function typeName(type: FieldType, names: Switches['fieldTypeNames']): string | undefined {
	if (names === 'absent') return undefined;
	return typeNames[type][names === 'plain' ? 0 : 1];
}
