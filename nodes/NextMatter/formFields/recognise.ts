import { isRecord } from './types';

/** Words in a type's name, in the API's or the editor's vocabulary, and the type that they mean. First match counts. */
const WORDS: ReadonlyArray<readonly [RegExp, string]> = [
	[/e_?mail/, 'email'],
	[/address/, 'address'],
	[/check/, 'checklist'],
	[/date|deadline/, 'date'],
	[/image|photo|picture/, 'image'],
	[/draw|signature/, 'drawing'],
	[/file|document|attachment/, 'file'],
	[/number|numeric|integer|decimal|currency/, 'number'],
	[/multi/, 'multiSelect'],
	[/radio/, 'radio'],
	[/single|select_?box|dropdown|drop_down/, 'singleSelect'],
	[/table|grid/, 'table'],
	[/instruction|info|heading/, 'instruction'],
	[/url|link|website/, 'url'],
	[/user|assignee|person/, 'userSelection'],
	[/routing|decision|approval/, 'routing'],
	[/select/, 'singleSelect'],
	[/text|string|input|paragraph/, 'text'],
];

/** Keys that only one type's `input_object` has. */
const KEYS: Readonly<Record<string, string>> = {
	zipCode: 'address',
	itemsChecked: 'checklist',
	date: 'date',
	emailValue: 'email',
	files: 'file',
	images: 'image',
	numberValue: 'number',
	itemsSelected: 'multiSelect',
	itemSelected: 'singleSelect',
	jsonResult: 'table',
	radioItemSelected: 'radio',
	selection: 'userSelection',
	returnToStep: 'routing',
};

/**
 * The form-field type behind a type name of the API, whose vocabulary is not documented, or behind
 * a value that the field holds. Undefined when neither tells.
 */
export function recogniseType(typeName: string | undefined, value: unknown): string | undefined {
	const name = (typeName ?? '').replace(/([a-z])([A-Z])/g, '$1_$2').replace(/[\s-]+/g, '_').toLowerCase();
	const byName = WORDS.find(([words]) => words.test(name))?.[1];
	if (byName !== undefined || !isRecord(value)) return byName;
	const inner = isRecord(value.inputValue) ? value.inputValue : value;
	return KEYS[Object.keys(inner).find((key) => Object.hasOwn(KEYS, key)) ?? ''];
}
