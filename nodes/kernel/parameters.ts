import type { IDataObject, INodePropertyOptions, NodePropertyTypes } from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';

import { InputError } from './errors';
import { scalarText, shown } from './values';

/** A parameter's declaration, readable for the type inference below (n8n's `INodeProperties`). */
export interface Property {
	readonly displayName: string;
	readonly name: string;
	readonly type: NodePropertyTypes;
	readonly default: unknown;
	readonly description?: string;
	readonly hint?: string;
	readonly placeholder?: string;
	readonly required?: boolean;
	readonly noDataExpression?: boolean;
	readonly options?: readonly unknown[];
	readonly modes?: readonly object[];
	readonly typeOptions?: object;
	readonly displayOptions?: object;
	readonly builderHint?: object;
	/** Serves the editor alone, such as a choice that fills another list: not read when the node runs. */
	readonly editorOnly?: true;
}

/** Keeps the literal types of a declaration that several operations share. */
export function property<const P extends Property>(declaration: P): P {
	return declaration;
}

type ScalarOf<P> = P extends { type: 'number' }
	? number
	: P extends { type: 'boolean' }
		? boolean
		: P extends { type: 'options'; options: readonly { value: infer V }[] }
			? V
			: P extends { type: 'string' | 'options' | 'resourceLocator' }
				? string
				: unknown;

type GroupsOf<G> = G extends { name: infer N extends string; values: infer L extends readonly Property[] }
	? { [K in N]: Array<Partial<ValuesOf<L>>> }
	: never;

type ValueOf<P> = P extends { type: 'collection'; options: infer L extends readonly Property[] }
	? Partial<ValuesOf<L>>
	: P extends { type: 'fixedCollection'; options: readonly [infer G] }
		? GroupsOf<G>
		: P extends { typeOptions: { multipleValues: true } }
			? Array<ScalarOf<P>>
			: ScalarOf<P>;

/** The values of a list of declarations, by name. Those with display conditions may be absent. */
export type ValuesOf<L extends readonly Property[]> = {
	[P in L[number] as P['name']]: P extends { displayOptions: object } ? ValueOf<P> | undefined : ValueOf<P>;
};

interface Group {
	name: string;
	values: readonly Property[];
}

function parseList(value: unknown): unknown[] {
	if (Array.isArray(value)) return value.flatMap(parseList);
	if (value === undefined || value === null || value === '') return [];
	if (typeof value === 'string' && value.trim().startsWith('[')) {
		try {
			const parsed: unknown = JSON.parse(value);
			if (Array.isArray(parsed)) return parsed.flatMap(parseList);
		} catch {
			// A text that only looks like JSON is a text.
		}
	}
	return [value];
}

function asObject(value: unknown, where: string): IDataObject {
	if (value === undefined || value === null || value === '') return {};
	if (typeof value === 'object' && !Array.isArray(value)) return value as IDataObject;
	throw new InputError(
		`${where} is not an object: ${shown(value)}`,
		'Fill in its fields in the editor, or give an object with the same fields by an expression.',
	);
}

function asText(value: unknown, where: string): string {
	const text = scalarText(value);
	if (text === undefined) {
		throw new InputError(
			`${where} holds ${Array.isArray(value) ? 'a list' : 'an object'}, but a text is needed`,
			'Point the expression at a single value, for example {{ $json.name }} instead of {{ $json }}.',
		);
	}
	return text;
}

/** The text of a resource locator, whatever its mode; also of a plain text or number. */
function locatorText(value: unknown, where: string): string {
	const inner =
		value !== null && typeof value === 'object' && 'value' in value ? (value as { value: unknown }).value : value;
	return asText(inner, where).trim();
}

function scalar(declaration: Property, value: unknown, where: string): unknown {
	switch (declaration.type) {
		case 'string':
			return asText(value, where);
		case 'resourceLocator':
			return locatorText(value, where);
		case 'boolean':
			return value === true || value === 'true' || value === 1;
		case 'number': {
			if (value === undefined || value === null || (typeof value === 'string' && value.trim() === '')) return undefined;
			const number = typeof value === 'string' ? Number(value) : value;
			if (typeof number !== 'number' || !Number.isFinite(number)) {
				throw new InputError(
					`${where} is not a number: ${shown(value)}`,
					'Enter digits, with a point before decimals, such as 1250.5.',
				);
			}
			return number;
		}
		case 'options': {
			const allowed = (declaration.options ?? []) as readonly INodePropertyOptions[];
			if (allowed.some((option) => option.value === value)) return value;
			throw new InputError(
				`${where} cannot be ${shown(value)}`,
				`Possible values: ${allowed.map((option) => `'${option.value}'`).join(', ')}.`,
			);
		}
		default:
			return value;
	}
}

/**
 * Turns what n8n gives for a parameter into what its declaration promises: texts for texts (also
 * from a number), lists for lists (also from JSON in a text), numbers for numbers.
 * Parameters that their own display conditions hide are left out.
 */
export function decode(declaration: Property, value: unknown, where: string): unknown {
	if (declaration.type === 'collection') {
		const given = asObject(value, where);
		const chosen = ((declaration.options ?? []) as Property[]).filter(({ name }) => name in given);
		return decodeAll(chosen, given, (name) => `'${name}'`);
	}
	if (declaration.type === 'fixedCollection') {
		const [group] = (declaration.options ?? []) as Group[];
		const entries = parseList(asObject(value, where)[group.name]);
		return {
			[group.name]: entries.map((entry, index) => {
				const place = `'${declaration.displayName}' entry ${index + 1}`;
				return decodeAll(group.values, asObject(entry, place), (name) => `'${name}' in ${place}`);
			}),
		};
	}
	if ((declaration.typeOptions as { multipleValues?: boolean } | undefined)?.multipleValues) {
		return parseList(value).map((entry) => scalar(declaration, entry, where));
	}
	return scalar(declaration, value, where);
}

/** Whether the parameter's own display conditions hold for the values read so far. */
export function isVisible({ displayOptions }: Property, values: IDataObject): boolean {
	return NodeHelpers.displayParameter(values as never, { displayOptions } as never, null, null);
}

/** Reads values by their declarations, hidden ones left out. `where` names a parameter in messages. Throws `InputError`. */
export function decodeAll(
	declarations: readonly Property[],
	given: IDataObject,
	where: (displayName: string) => string,
): IDataObject {
	const values: IDataObject = {};
	for (const declaration of declarations) {
		if (!isVisible(declaration, values)) continue;
		const { name, displayName, type } = declaration;
		// An expression without a result is not the default number, least of all a 0 that nobody entered.
		const value = type === 'number' && name in given ? given[name] : (given[name] ?? declaration.default);
		values[name] = decode(declaration, value, where(displayName)) as never;
	}
	return values;
}
