import type { IDataObject } from 'n8n-workflow';

import { looksLikeInput } from '../formFields/plainValue';
import { isRecord } from '../formFields/types';

/**
 * The schema of `process_snapshot` is not documented: it is "a snapshot of the workflow structure",
 * an object or the same as text, in which steps nest. So it is searched for what must be in it,
 * objects with a whole-number ID in containers named after steps and form fields, and whatever
 * does not fit is passed over.
 */
export interface Step {
	id: number;
	name: string;
	type?: string;
	/** The group that the step stands in. */
	parentId?: number;
	startedTime?: string;
	completedTime?: string;
	fields: Field[];
}

export interface Field {
	id: number;
	name: string;
	type?: string;
	required: boolean;
	/** What can be chosen, where the field has choices. */
	choices: string[];
	/** The `input_object` or plain value, where values were asked for. */
	value?: unknown;
}

type Role = 'step' | 'field' | 'value' | 'time';

/** Deeper than any workflow; a guard against hostile input. */
const MAX_DEPTH = 40;

const STEP_ID_KEYS = ['id', 'step_id', 'stepId', 'process_step', 'process_step_id', 'pk'];
const FIELD_ID_KEYS = ['action_id', 'actionId', 'id', 'process_step_action', 'process_step_action_id', 'field_id', 'pk'];
const PARENT_KEYS = ['parent_id', 'parentId', 'parent', 'parent_step', 'parent_step_id', 'group_id'];
const STEP_OF_FIELD_KEYS = ['step_id', 'stepId', 'process_step', 'process_step_id', 'step'];
const NAME_KEYS = ['name', 'title', 'label', 'text'];
const TYPE_KEYS = ['type', 'action_type', 'step_type', 'field_type', 'kind', 'actionType'];
const VALUE_KEYS = ['input_object', 'inputObject', 'value', 'values', 'input_value', 'input_values', 'input', 'data', 'output', 'result'];

/** What the objects in a container with this name are. */
function roleOf(key: string): Role | undefined {
	const name = key.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
	if (/time_?frames?$|_times$/.test(name)) return 'time';
	if (/(^|_)(actions?|fields?|inputs?)$/.test(name)) return 'field';
	if (/(^|_)(steps?|children|nodes|groups?|branches|blocks|tasks|members)$/.test(name)) return 'step';
	if (/(^|_)values?$|^input_objects?$/.test(name)) return 'value';
	return undefined;
}

function wholeNumber(value: unknown): number | undefined {
	const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
	return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

function firstOf<T>(keys: readonly string[], read: (key: string) => T | undefined): T | undefined {
	for (const key of keys) {
		const found = read(key);
		if (found !== undefined) return found;
	}
	return undefined;
}

const idOf = (object: IDataObject, keys: readonly string[]) => firstOf(keys, (key) => wholeNumber(object[key]));

const textOf = (object: IDataObject, keys: readonly string[]) =>
	firstOf(keys, (key) => (typeof object[key] === 'string' && object[key] !== '' ? (object[key] as string) : undefined));

function timeOf(object: IDataObject, pattern: RegExp): string | undefined {
	return firstOf(Object.keys(object), (key) => {
		const value = object[key];
		return pattern.test(key) && typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value) ? value : undefined;
	});
}

function times(object: IDataObject, depth = 0): Pick<Step, 'startedTime' | 'completedTime'> {
	const nested = Object.entries(object).find(([key, value]) => roleOf(key) === 'time' && isRecord(value));
	const inner = nested && depth < 3 ? times(nested[1] as IDataObject, depth + 1) : {};
	return {
		startedTime: inner.startedTime ?? timeOf(object, /start|activat|begin|from/i),
		completedTime: inner.completedTime ?? timeOf(object, /complet|finish|end|until|^to$/i),
	};
}

function isRequired(field: IDataObject): boolean {
	const places = [field, ...Object.values(field).filter(isRecord)];
	return places.some(
		(place) =>
			['required', 'is_required', 'isRequired', 'mandatory', 'is_mandatory'].some((key) => place[key] === true) ||
			['optional', 'is_optional', 'isOptional'].some((key) => place[key] === false),
	);
}

/** The choices of a field: a list of texts, or of objects with a name, under a key such as `options`. */
function choicesOf(field: IDataObject, depth = 0): string[] {
	for (const [key, value] of Object.entries(field)) {
		if (Array.isArray(value) && /(options|choices|items|entries)$/i.test(key)) {
			const texts = (value as unknown[]).map((entry) =>
				isRecord(entry) ? textOf(entry, ['label', 'name', 'value', 'title', 'text']) : entry,
			);
			if (texts.length > 0 && texts.every((text) => typeof text === 'string')) return texts as string[];
		}
	}
	if (depth >= 3) return [];
	return firstOf(Object.keys(field), (key) => {
		const value = field[key];
		if (!isRecord(value) || VALUE_KEYS.slice(0, 2).includes(key)) return undefined;
		const found = choicesOf(value, depth + 1);
		return found.length > 0 ? found : undefined;
	}) ?? [];
}

function valueOf(field: IDataObject): unknown {
	const held = firstOf(VALUE_KEYS, (key) => (field[key] === null ? undefined : field[key]));
	if (held !== undefined) return held;
	return looksLikeInput(field) ? field : undefined;
}

class Walk {
	readonly steps = new Map<number, Step>();

	readonly fields = new Map<number, Field>();

	/** The IDs of the steps that a field may belong to, likeliest first: a step may come up later than its field. */
	private readonly stepsOfField = new Map<Field, number[]>();

	private enter(key: string | undefined, value: unknown, role: Role | undefined, step: Step | undefined, depth: number): void {
		if (depth > MAX_DEPTH || value === null || typeof value !== 'object') return;
		if (Array.isArray(value)) {
			for (const entry of value as unknown[]) this.enter(undefined, entry, role, step, depth + 1);
			return;
		}
		const object = value as IDataObject;
		const keyId = wholeNumber(key);
		if (role === 'value' && Object.keys(object).some((name) => wholeNumber(name) !== undefined)) {
			this.valuesById(object);
			return;
		}
		if (role === 'time') this.time(keyId, object);
		const fieldId = role === 'field' || role === 'value' || 'action_id' in object ? (idOf(object, FIELD_ID_KEYS) ?? keyId) : undefined;
		if (fieldId !== undefined) {
			this.field(fieldId, object, role === 'field' ? step : undefined);
			return;
		}
		const holds = (wanted: Role) =>
			Object.entries(object).some(([name, inner]) => roleOf(name) === wanted && typeof inner === 'object');
		// What holds both is the workflow itself, with its steps and its form fields side by side.
		const holdsFields = holds('field') && !holds('step');
		const stepId = role === 'step' || holdsFields ? (idOf(object, STEP_ID_KEYS) ?? (role === 'step' ? keyId : undefined)) : undefined;
		const inside = stepId === undefined || role === 'time' ? step : this.step(stepId, object, step);
		for (const [name, inner] of Object.entries(object)) {
			// The entries of a dictionary keyed by ID have the role of the dictionary.
			const innerRole = wholeNumber(name) === undefined ? roleOf(name) : role;
			this.enter(name, inner, innerRole, inside, depth + 1);
		}
	}

	private step(id: number, object: IDataObject, parent: Step | undefined): Step {
		const known = this.steps.get(id);
		const found = times(object);
		const step: Step = known ?? { id, name: '', fields: [] };
		step.name ||= textOf(object, NAME_KEYS) ?? '';
		step.type ??= textOf(object, TYPE_KEYS);
		const parentId = parent?.id ?? idOf(object, PARENT_KEYS);
		if (parentId !== id) step.parentId ??= parentId;
		step.startedTime ??= found.startedTime;
		step.completedTime ??= found.completedTime;
		this.steps.set(id, step);
		return step;
	}

	private field(id: number, object: IDataObject, step: Step | undefined): void {
		const field: Field = this.fields.get(id) ?? { id, name: '', required: false, choices: [] };
		field.name ||= textOf(object, NAME_KEYS) ?? '';
		field.type ??= textOf(object, TYPE_KEYS);
		field.required ||= isRequired(object);
		if (field.choices.length === 0) field.choices = choicesOf(object);
		field.value ??= valueOf(object);
		this.fields.set(id, field);
		const named = [idOf(object, STEP_OF_FIELD_KEYS), step?.id].filter((stepId) => stepId !== undefined);
		this.stepsOfField.set(field, [...(this.stepsOfField.get(field) ?? []), ...named]);
	}

	private valuesById(object: IDataObject): void {
		for (const [key, value] of Object.entries(object)) {
			const id = wholeNumber(key);
			if (id !== undefined) this.field(id, { input_object: value as IDataObject }, undefined);
		}
	}

	private time(keyId: number | undefined, object: IDataObject): void {
		const id = keyId ?? idOf(object, ['step_id', 'stepId', 'id', 'process_step']);
		if (id === undefined) return;
		const step: Step = this.steps.get(id) ?? { id, name: '', fields: [] };
		const found = times(object);
		step.startedTime ??= found.startedTime;
		step.completedTime ??= found.completedTime;
		this.steps.set(id, step);
	}

	start(snapshot: unknown): void {
		this.enter(undefined, snapshot, Array.isArray(snapshot) ? 'step' : undefined, undefined, 0);
		for (const [field, stepIds] of this.stepsOfField) {
			const known = stepIds.find((stepId) => this.steps.has(stepId));
			if (known !== undefined) this.steps.get(known)?.fields.push(field);
		}
	}
}

/** The snapshot as data: parsed when it came as text; undefined when it is no JSON. */
export function parseSnapshot(snapshot: unknown): unknown {
	if (typeof snapshot !== 'string') return snapshot;
	try {
		return JSON.parse(snapshot) as unknown;
	} catch {
		return undefined;
	}
}

/** The steps and form fields in a snapshot or workflow, in its order. Empty when nothing is recognised. */
export function readStructure(snapshot: unknown): { steps: Step[]; fields: Field[] } {
	const walk = new Walk();
	walk.start(parseSnapshot(snapshot));
	return { steps: [...walk.steps.values()], fields: [...walk.fields.values()] };
}
