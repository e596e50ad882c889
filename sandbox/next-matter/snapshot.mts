/**
 * `process_snapshot` and the workflow detail, in the shapes the switches name.
 *
 * No document shows either (reference, section 3): every shape here is invented, from the vocabulary found in the docs.
 */
import { presentValue, typeName } from './fields.mts';
import { stateOf } from './lifecycle.mts';
import type { Switches } from './switches.mts';
import { formatNullable } from './time.mts';
import type { ActionDef, Instance, StepNode, Workflow } from './types.mts';

type Plain = Record<string, unknown>;

interface Options {
	shape: Switches['snapshotShape'];
	switches: Switches;
	/** Given, the snapshot is that of an instance. */
	instance?: Instance;
	values?: boolean;
	times?: boolean;
}

/** The structure of a workflow, with the values and times of an instance on demand. */
export function describeWorkflow(workflow: Workflow, options: Options): Plain {
	const { id, name } = workflow.def;
	const maps = { ...valuesMap(workflow, options), ...timesMap(workflow, options) };
	switch (options.shape) {
		case 'tree':
			return { id, name, steps: workflow.roots.map((node) => stepTree(node, options, 'steps')), ...maps };
		case 'children':
			return { id, name, steps: workflow.roots.map((node) => stepTree(node, options, 'children')), ...maps };
		case 'flat':
			return {
				id,
				name,
				steps: workflow.nodes.map((node) => ({ ...step(node, options), parent_id: node.parent?.def.id ?? null })),
				actions: [...workflow.actionById.values()].map(({ action: field, node }) => ({
					...action(field, options),
					step_id: node.def.id,
				})),
				...maps,
			};
		case 'dictionary':
			return { id, name, steps: stepDictionary(workflow.roots, options), ...maps };
		case 'legacy':
			return {
				process: id,
				title: name,
				process_steps: workflow.roots.map((node) => legacyStep(node, options)),
				...maps,
			};
		case 'opaque': {
			const content = JSON.stringify(describeWorkflow(workflow, { ...options, shape: 'tree' }));
			return { version: 7, payload: Buffer.from(content).toString('base64') };
		}
	}
}

function stepTree(node: StepNode, options: Options, childKey: 'steps' | 'children'): Plain {
	return {
		...step(node, options),
		actions: (node.def.actions ?? []).map((field) => action(field, options)),
		...(node.children.length > 0 && { [childKey]: node.children.map((child) => stepTree(child, options, childKey)) }),
	};
}

function stepDictionary(nodes: StepNode[], options: Options): Plain {
	const withoutId = ({ id, ...rest }: Plain) => rest;
	return Object.fromEntries(
		nodes.map((node) => [
			node.def.id,
			{
				...withoutId(step(node, options)),
				actions: Object.fromEntries(
					(node.def.actions ?? []).map((field) => [field.id, withoutId(action(field, options))]),
				),
				...(node.children.length > 0 && { steps: stepDictionary(node.children, options) }),
			},
		]),
	);
}

function legacyStep(node: StepNode, options: Options): Plain {
	const { id, name, ...rest } = step(node, options);
	return {
		id,
		title: name,
		...rest,
		process_step_actions: (node.def.actions ?? []).map((field) => {
			const { id: actionId, name: label, ...settings } = action(field, options);
			return { id: actionId, label, ...settings };
		}),
		...(node.children.length > 0 && { process_steps: node.children.map((child) => legacyStep(child, options)) }),
	};
}

function step(node: StepNode, options: Options): Plain {
	return {
		id: node.def.id,
		name: node.def.name,
		type: node.type,
		order: node.index + 1,
		...timesInStep(node, options),
	};
}

/** A form field with its settings; also what the form field details call `settings`. */
export function describeAction(field: ActionDef, switches: Switches): Plain {
	const type = typeName(field.type, switches.fieldTypeNames);
	return {
		id: field.id,
		name: field.name,
		...(type && { type }),
		required: field.required ?? false,
		...(field.description && { description: field.description }),
		...(field.options && { options: field.options }),
		...(field.columns && { columns: field.columns }),
	};
}

function action(field: ActionDef, options: Options): Plain {
	return { ...describeAction(field, options.switches), ...valueInAction(field, options) };
}

function injected(field: ActionDef, { instance, switches }: Options): Plain | null | undefined {
	const value = instance?.values.get(field.id);
	if (value) return presentValue(field, value, switches.inputObjectForm);
	return { absent: undefined, null: null, 'empty-object': {} }[switches.injectedEmpty];
}

function valueInAction(field: ActionDef, options: Options): Plain {
	const place = options.switches.injectedValues;
	if (!options.values || place === 'values-map') return {};
	const value = injected(field, options);
	if (value === undefined) return {};
	return place === 'spread' ? (value ?? {}) : { [place]: value };
}

function valuesMap(workflow: Workflow, options: Options): Plain {
	if (!options.values || options.switches.injectedValues !== 'values-map') return {};
	const entries = [...workflow.actionById.values()].map(({ action: field }) => [field.id, injected(field, options)]);
	return { values: Object.fromEntries(entries.filter(([, value]) => value !== undefined)) };
}

function times(node: StepNode, instance: Instance): Plain {
	const { started, completed } = stateOf(instance, node);
	return { started_time: formatNullable(started), completed_time: formatNullable(completed) };
}

function timesInStep(node: StepNode, { instance, times: wanted, switches }: Options): Plain {
	if (!wanted || !instance) return {};
	switch (switches.stepTimes) {
		case 'step':
			return times(node, instance);
		case 'time_frame':
			return { time_frame: times(node, instance) };
		case 'completed-only':
			return { completion_time: times(node, instance).completed_time };
		case 'times-map':
			return {};
	}
}

function timesMap(workflow: Workflow, { instance, times: wanted, switches }: Options): Plain {
	if (!wanted || !instance || switches.stepTimes !== 'times-map') return {};
	return {
		steps_time_frame: Object.fromEntries(workflow.nodes.map((node) => [node.def.id, times(node, instance)])),
	};
}
