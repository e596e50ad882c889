/**
 * The sandbox's memory: workflows, instances, users and uploaded files. Everything lives in maps and is gone at the
 * end.
 *
 * The methods are the ones tests use directly; they skip every check the API makes, but move instances by the same
 * rules.
 */
import { randomBytes } from 'node:crypto';
import {
	activeNodes,
	compileWorkflow,
	decline,
	finish,
	isContainer,
	jumpBack,
	jumpForward,
	progressOf,
	start,
	stateOf,
	statusOf,
} from './lifecycle.mts';
import type { Switches } from './switches.mts';
import { formatNullable, formatDateTime, roundDown, toMicros, type Clock } from './time.mts';
import type {
	InputObject,
	Instance,
	InstanceStatus,
	Micros,
	Priority,
	StepAssignment,
	StepNode,
	StepStatus,
	User,
	Workflow,
	WorkflowDef,
} from './types.mts';

type When = Date | string;

export interface NewInstance {
	name?: string | null;
	tags?: string[];
	priority?: Priority;
	deadline?: When | null;
	stepAssignments?: StepAssignment[];
	startedBy?: number;
	/** Default: now. */
	startedTime?: When;
	/** Default: the start. */
	lastUpdatedTime?: When;
	/** Given, the instance is completed with every step. */
	completedTime?: When;
	/** Given, the instance is stopped. */
	abortedTime?: When;
	/** Values by action id. */
	values?: Record<number, InputObject>;
}

/** Everything about an instance, with readable times. */
export interface InstanceView {
	id: number;
	workflowId: number;
	name: string | null;
	status: InstanceStatus;
	priority: Priority;
	tags: string[];
	deadline: string | null;
	startedTime: string;
	completedTime: string | null;
	abortedTime: string | null;
	lastUpdatedTime: string;
	stepAssignments: StepAssignment[];
	startedBy: number;
	activeStepIds: number[];
	/** 0 to 1. */
	progress: number;
	/** Form field values in the unwrapped form, by action id. */
	values: Record<number, InputObject>;
	steps: Record<
		number,
		{
			name: string;
			status: StepStatus;
			startedTime: string | null;
			completedTime: string | null;
			deadline: string | null;
			assignee: number | null;
			entered: number;
		}
	>;
}

export interface StoredFile {
	id: number;
	kind: 'file' | 'image';
	name: string;
	type: string;
	content: Buffer;
	created: Micros;
	process: number | null;
	instance: number | null;
}

const MEDIA_PATH = /\/media\/(\d+)\/[^/?#]*$/;

export class Store {
	readonly workflows = new Map<number, Workflow>();
	readonly instances = new Map<number, Instance>();
	readonly files = new Map<number, StoredFile>();
	readonly users: User[] = [];
	/** The user the API key belongs to; also who starts instances through the API. */
	keyUserId = 0;
	/** Faults of the sandbox itself: answers that break its own schema. Must stay empty. */
	readonly internalFaults: string[] = [];

	#byWorkflow = new Map<number, Map<number, Instance>>();
	#nextInstanceId = 1;
	#nextFileId = 1;
	#clock: Clock;
	#switches: Switches;

	constructor(clock: Clock, switches: Switches) {
		this.#clock = clock;
		this.#switches = switches;
	}

	/** The present, as precise as the `timePrecision` switch says. */
	now(): Micros {
		return roundDown(this.#clock.now(), this.#switches.timePrecision);
	}

	clear(): void {
		for (const map of [this.workflows, this.instances, this.files, this.#byWorkflow]) map.clear();
		this.users.length = 0;
		this.internalFaults.length = 0;
		this.keyUserId = 0;
		this.#nextInstanceId = 88_001;
		this.#nextFileId = 501;
	}

	/** Adds a workflow, or a new version of it for instances to come. */
	addWorkflow(definition: WorkflowDef): Workflow {
		const workflow = compileWorkflow(definition);
		this.workflows.set(definition.id, workflow);
		if (!this.#byWorkflow.has(definition.id)) this.#byWorkflow.set(definition.id, new Map());
		return workflow;
	}

	/** Instances of one workflow, oldest id first. */
	instancesOf(workflowId: number): Instance[] {
		return [...(this.#byWorkflow.get(workflowId)?.values() ?? [])];
	}

	createInstance(workflowId: number, options: NewInstance = {}): InstanceView {
		return this.view(this.startInstance(workflowId, options));
	}

	/** As `createInstance`, but gives the live record. */
	startInstance(workflowId: number, options: NewInstance = {}): Instance {
		const workflow = this.workflows.get(workflowId);
		if (!workflow) throw new Error(`There is no workflow ${workflowId}.`);
		const id = this.#nextInstanceId++;
		const at = this.#time(options.startedTime) ?? this.now();
		const pattern = workflow.def.automaticNaming;
		const stepAssignments = options.stepAssignments ?? [];
		const instance: Instance = {
			id,
			workflow,
			name: options.name || !pattern ? (options.name ?? '') : pattern.replaceAll('{n}', String(id)),
			priority: options.priority ?? null,
			tags: options.tags ?? [],
			deadline: this.#time(options.deadline) ?? null,
			started: at,
			completed: null,
			aborted: null,
			lastUpdated: at,
			steps: new Map(),
			values: new Map(Object.entries(options.values ?? {}).map(([key, value]) => [Number(key), value])),
			stepAssignments,
			startedBy: options.startedBy ?? this.keyUserId,
			trackingToken: randomBytes(8).toString('hex'),
		};
		// A null name is kept as null: the documented type allows it.
		if (options.name === null && !pattern) instance.name = null;
		for (const { def } of workflow.nodes) {
			const fixed = typeof def.assignee === 'number' ? def.assignee : null;
			const chosen = stepAssignments.find(({ step_id: stepId }) => stepId === def.id)?.user_id;
			instance.steps.set(def.id, {
				status: 'waiting',
				started: null,
				completed: null,
				deadline: null,
				assignee: chosen ?? fixed,
				entered: 0,
			});
		}
		this.instances.set(id, instance);
		this.#byWorkflow.get(workflowId)!.set(id, instance);
		start(instance, at);

		const completed = this.#time(options.completedTime);
		const aborted = this.#time(options.abortedTime);
		if (completed !== undefined) this.#completeAll(instance, completed);
		if (aborted !== undefined) instance.aborted = aborted;
		instance.lastUpdated = this.#time(options.lastUpdatedTime) ?? aborted ?? completed ?? at;
		return instance;
	}

	#time(value: When | null | undefined): Micros | undefined {
		return value === undefined || value === null ? undefined : roundDown(toMicros(value), this.#switches.timePrecision);
	}

	#completeAll(instance: Instance, at: Micros) {
		for (let rest = activeNodes(instance, false); rest.length > 0; rest = activeNodes(instance, false)) {
			finish(instance, rest[0], at);
		}
	}

	/** Completes an active step as the API would, storing `values` (by action id) first. `at`: default now. */
	completeStep(instanceId: number, stepId: number, values: Record<number, InputObject> = {}, at?: When): InstanceView {
		const instance = this.#require(instanceId);
		const node = instance.workflow.nodeById.get(Number(stepId));
		if (!node) throw new Error(`There is no step ${stepId} in instance ${instanceId}.`);
		if (statusOf(instance) !== 'running' || stateOf(instance, node).status !== 'active' || isContainer(node)) {
			throw new Error(`Step ${stepId} of instance ${instanceId} is not active.`);
		}
		for (const [actionId, value] of Object.entries(values)) instance.values.set(Number(actionId), value);
		this.finishStep(instance, node, this.#time(at));
		return this.view(instance);
	}

	/** Completes a step and follows its routing field, if it has a filled one. */
	finishStep(instance: Instance, node: StepNode, at: Micros = this.now()): void {
		instance.lastUpdated = at;
		const routingIds = (node.def.actions ?? []).filter(({ type }) => type === 'routing').map(({ id }) => id);
		const routing = routingIds.map((id) => instance.values.get(id)).find((value) => value?.action);
		const target = instance.workflow.nodeById.get(Number(routing?.returnToStep ?? Number.NaN));
		if (routing?.action === 'stop') return decline(instance, node, at);
		if (routing?.action === 'jump_back' && target && target.order < node.order) {
			// Reaching the step again asks for a new decision.
			for (const id of routingIds) instance.values.delete(id);
			return jumpBack(instance, node, target, at);
		}
		// Without a later step to go to, skip_forward continues as usual (invented).
		if (routing?.action === 'skip_forward' && target && target.order > node.order) {
			return jumpForward(instance, node, target, at);
		}
		finish(instance, node, at);
	}

	abort(instanceId: number): InstanceView {
		const instance = this.#require(instanceId);
		if (statusOf(instance) === 'running') instance.aborted = instance.lastUpdated = this.now();
		return this.view(instance);
	}

	/** Changes nothing but `last_updated_time`. */
	touch(instanceId: number): InstanceView {
		const instance = this.#require(instanceId);
		instance.lastUpdated = this.now();
		return this.view(instance);
	}

	setFieldValue(instanceId: number, actionId: number, value: InputObject): InstanceView {
		const instance = this.#require(instanceId);
		instance.values.set(Number(actionId), value);
		return this.touch(instanceId);
	}

	delete(instanceId: number): void {
		const instance = this.instances.get(instanceId);
		if (!instance) return;
		this.instances.delete(instanceId);
		this.#byWorkflow.get(instance.workflow.def.id)?.delete(instanceId);
	}

	/** The full inside view of an instance, or undefined. */
	instance(id: number): InstanceView | undefined {
		const instance = this.instances.get(Number(id));
		return instance && this.view(instance);
	}

	addFile(file: Omit<StoredFile, 'id' | 'created'>): StoredFile {
		const stored = { ...file, id: this.#nextFileId++, created: this.now() };
		this.files.set(stored.id, stored);
		return stored;
	}

	/** Whether a URL is that of an uploaded file. */
	isUploaded(url: string): boolean {
		return this.files.has(Number(MEDIA_PATH.exec(url)?.[1]));
	}

	#require(id: number): Instance {
		const instance = this.instances.get(Number(id));
		if (!instance) throw new Error(`There is no instance ${id}.`);
		return instance;
	}

	view(instance: Instance): InstanceView {
		const { workflow } = instance;
		const ended = statusOf(instance) !== 'running';
		return {
			id: instance.id,
			workflowId: workflow.def.id,
			name: instance.name,
			status: statusOf(instance),
			priority: instance.priority,
			tags: [...instance.tags],
			deadline: formatNullable(instance.deadline),
			startedTime: formatDateTime(instance.started),
			completedTime: formatNullable(instance.completed),
			abortedTime: formatNullable(instance.aborted),
			lastUpdatedTime: formatDateTime(instance.lastUpdated),
			stepAssignments: structuredClone(instance.stepAssignments),
			startedBy: instance.startedBy,
			activeStepIds: ended ? [] : activeNodes(instance, false).map(({ def }) => def.id),
			progress: progressOf(instance),
			values: structuredClone(Object.fromEntries(instance.values)),
			steps: Object.fromEntries(
				workflow.nodes.map((node) => {
					const state = stateOf(instance, node);
					return [
						node.def.id,
						{
							name: node.def.name,
							status: state.status,
							startedTime: formatNullable(state.started),
							completedTime: formatNullable(state.completed),
							deadline: formatNullable(state.deadline),
							assignee: state.assignee,
							entered: state.entered,
						},
					];
				}),
			),
		};
	}
}
