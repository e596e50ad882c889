import { InputError, ServiceError } from '../../../kernel/errors';
import { defineOperation } from '../../../kernel/operations';
import { property } from '../../../kernel/parameters';
import { utcTime, wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import type { Instance, InstanceFields, StepAssignment } from '../../api/types';
import {
	additionalFields,
	instanceLane,
	instanceLocator,
	instanceName,
	optionsWith,
	simplifyOnDemand,
	stepAssignments,
	toStepAssignments,
} from '../parameters';
import { instanceNotFound } from '../explanations';
import { tagList } from '../filters';
import { present } from './present';

const [deadline, , name, priority, tags] = additionalFields.options;

const updateFields = property({
	displayName: 'Update Fields',
	name: 'updateFields',
	type: 'collection',
	placeholder: 'Add Field',
	default: {},
	description: 'What to change. Everything else stays as it is.',
	options: [
		{ ...deadline, description: 'Time by which the instance shall be completed. Leave empty to remove it.' },
		{ ...name, description: 'At most 255 characters' },
		priority,
		tags,
		{
			displayName: 'Tags Mode',
			name: 'tagsMode',
			type: 'options',
			options: [
				{ name: 'Add', value: 'add', description: 'Keep the present tags and add these' },
				{ name: 'Remove', value: 'remove', description: 'Keep the present tags but these' },
				{ name: 'Replace', value: 'replace', description: 'Have these tags and no others' },
			],
			default: 'replace',
			description: "What to do with the tags in 'Tags'",
		},
	],
});

type TagsMode = 'add' | 'remove' | 'replace';

function mergeTags(present: string[], given: string[], mode: TagsMode): string[] {
	if (mode === 'replace') return given;
	if (mode === 'remove') {
		// A service may have changed the letters of a tag: then the one that differs in nothing else is meant.
		const small = given.filter((tag) => !present.includes(tag)).map((tag) => tag.toLowerCase());
		return present.filter((tag) => !given.includes(tag) && !small.includes(tag.toLowerCase()));
	}
	return [...present, ...given.filter((tag) => !present.includes(tag))];
}

function mergeAssignments(present: StepAssignment[] = [], given: StepAssignment[]): StepAssignment[] {
	const changed = new Set(given.map(({ step_id }) => step_id));
	return [...present.filter(({ step_id }) => !changed.has(step_id)), ...given];
}

interface Change {
	fields: Omit<InstanceFields, 'tags' | 'step_assignments'>;
	tags?: { given: string[]; mode: TagsMode };
	assignments: StepAssignment[];
}

/** Everything that can be written of the instance: as it is, with the change in it. */
function merged(instance: Instance, { fields, tags: tagChange, assignments }: Change) {
	const { process, name: oldName, deadline: oldDeadline, priority: oldPriority } = instance;
	const allAssignments = mergeAssignments(instance.step_assignments, assignments);
	return {
		process,
		name: oldName,
		deadline: oldDeadline,
		priority: oldPriority,
		...fields,
		tags: tagChange ? mergeTags(instance.tags ?? [], tagChange.given, tagChange.mode) : instance.tags,
		// An API that does not give the assignments may not know the key in this call either.
		...(allAssignments.length > 0 ? { step_assignments: allAssignments } : {}),
	};
}

/** What the service may name as refused instead of the name. */
const OTHER_FIELDS: ReadonlyArray<string | number> = ['process', 'deadline', 'priority', 'tags', 'step_assignments'];

/** Whether it may be the name that the service refuses, which it does where names are automatic. */
function mayRefuseName(error: unknown): boolean {
	if (!(error instanceof ServiceError) || error.status !== 400) return false;
	return !error.failure.fields.some(({ path: [field] }) => OTHER_FIELDS.includes(field));
}

export const update = defineOperation<NextMatterClient>()({
	value: 'update',
	name: 'Update',
	action: 'Update instance',
	description:
		'Change the name, deadline, priority, tags or step assignments of an instance. Needs the instance and at least one change (deadlines are ISO 8601); everything else stays as it is. Returns the instance.',
	properties: [...instanceLocator, updateFields, stepAssignments, simplifyOnDemand, optionsWith()],
	plan(values, { timezone }) {
		const id = wholeNumberId(values.instanceId, "'Instance'");
		const given = values.updateFields;
		const assignments = toStepAssignments(values.stepAssignments.assignment);
		const fields: Change['fields'] = {};
		if (given.name !== undefined) fields.name = instanceName(given.name);
		if (given.priority !== undefined) fields.priority = given.priority || null;
		if (given.deadline !== undefined) {
			fields.deadline = given.deadline ? utcTime(given.deadline, timezone, "'Deadline'") : null;
		}
		tagList(given.tags ?? [], "'Tags'");
		const tagChange = given.tags && { given: given.tags, mode: given.tagsMode ?? 'replace' };
		if (Object.keys(fields).length === 0 && !tagChange && assignments.length === 0) {
			throw new InputError("Nothing to update: 'Update Fields' and 'Step Assignments' are empty", 'Add at least one field to change.');
		}
		return {
			lane: instanceLane(id),
			async run(client) {
				const current = await client.getInstance(id);
				const body = merged(current, { fields, tags: tagChange, assignments });
				const answer = await client.replaceInstance(id, body).catch((error: unknown) => {
					if (fields.name !== undefined || !mayRefuseName(error)) throw error;
					// Where names are automatic even the present name is refused: leave it out, as documented.
					return client.replaceInstance(id, { ...body, name: undefined });
				});
				return present(answer, values);
			},
		};
	},
	explain: instanceNotFound,
});
