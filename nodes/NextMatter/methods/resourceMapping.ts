import type { FieldType, ILoadOptionsFunctions, ResourceMapperField, ResourceMapperFields } from 'n8n-workflow';

import { fieldsOf, readForm } from '../api/structure';
import type { Field } from '../api/snapshot';
import { recogniseType } from '../formFields/recognise';
import { inEditor, parentId, placeOf } from './parents';

/**
 * The editor's input for each form-field type; a text for those that are not here. Lists and objects
 * are texts too: the editor's own inputs for them are JSON editors, marked as faulty while they are empty.
 */
const INPUTS: Readonly<Record<string, FieldType>> = {
	date: 'dateTime',
	number: 'number',
};

const HINTS: Readonly<Record<string, string>> = {
	address: 'street, city, ZIP',
	drawing: 'URLs',
	file: 'URLs',
	image: 'URLs',
	table: 'JSON rows',
	url: 'URL',
	userSelection: 'email',
};

function toColumn(field: Field): ResourceMapperField | undefined {
	const type = recogniseType(field.type, field.value);
	if (type === 'instruction') return undefined;
	const isChoice = (type === 'singleSelect' || type === 'radio') && field.choices.length > 0;
	const isList = type === 'checklist' || type === 'multiSelect';
	const hint = isList && field.choices.length > 0 ? field.choices.join(', ') : HINTS[type ?? ''];
	// The editor marks a required column in the mode that creates rows alone.
	const name = `${field.name || `Form field ${field.id}`}${field.required ? ' *' : ''}`;
	return {
		id: String(field.id),
		displayName: type === undefined ? `${name} (sent as text)` : hint ? `${name} (${hint})` : name,
		required: field.required,
		defaultMatch: false,
		canBeUsedToMatch: false,
		display: true,
		type: isChoice ? 'options' : (INPUTS[type ?? ''] ?? 'string'),
		...(isChoice ? { options: field.choices.map((choice) => ({ name: choice, value: choice })) } : {}),
	};
}

/** The form fields of the chosen step, each with the right input. */
export async function getFormFields(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	const structure = await inEditor(this, async (client) => await readForm(client, placeOf(this)));
	const fields = fieldsOf(structure, parentId(this, 'stepId'))
		.map(toColumn)
		.filter((column): column is ResourceMapperField => column !== undefined);
	if (fields.length > 0) return { fields };
	return {
		fields: [],
		emptyFieldsNotice:
			"The form cannot be read here. Choose the workflow or instance and the step first; if that is done, set 'Input Mode' to 'Fields' and give the IDs of the form fields.",
	};
}
