/**
 * The API as one OpenAPI 3.0 document. Routes, request checks and response checks all come from it.
 *
 * `Public_Instance`, `CompleteStep`, `CompleteAction` and `StepAssignment` follow seed 002; the rest follows the
 * sections of the reference named in the descriptions. What no document shows is marked "Invented" or "[3P]"
 * (third-party client only). Where the documents leave a type open, the response schema allows each variant a switch
 * can produce.
 */

export interface Schema {
	type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
	format?: string;
	enum?: readonly unknown[];
	nullable?: boolean;
	readOnly?: boolean;
	maxLength?: number;
	minLength?: number;
	default?: unknown;
	description?: string;
	items?: Schema;
	properties?: Record<string, Schema>;
	required?: readonly string[];
	additionalProperties?: boolean | Schema;
	anyOf?: Schema[];
	$ref?: string;
	/** A text that may be empty, as Django's `blank=True`. */
	'x-blank'?: boolean;
}

export interface Parameter {
	name: string;
	in: 'path' | 'query';
	required?: boolean;
	description?: string;
	schema: Schema;
	/** Comma-separated values. */
	style?: 'form';
	explode?: false;
}

export interface Operation {
	operationId: string;
	summary: string;
	description: string;
	parameters?: Parameter[];
	requestBody?: { required: boolean; content: Record<string, { schema: Schema }> };
	responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
}

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: Schema) => ({ 'application/json': { schema } });
const dateTime: Schema = { type: 'string', format: 'date-time' };
const integer: Schema = { type: 'integer' };
const anyObject: Schema = { type: 'object', additionalProperties: true };

// --- Instance ----------------------------------------------------------------------------------------------

const writable: Record<string, Schema> = {
	process: { type: 'string', format: 'uri', description: 'The workflow resource URI, such as …/api/processes/123/.' },
	name: {
		type: 'string',
		nullable: true,
		maxLength: 255,
		default: '',
		'x-blank': true,
		description: 'Must be empty, null or left out if automatic naming is on.',
	},
	deadline: { ...dateTime, nullable: true },
	priority: { type: 'string', nullable: true, enum: ['V', 'H', null] },
	tags: { type: 'array', items: { type: 'string' } },
	step_assignments: { type: 'array', items: ref('StepAssignment') },
};

const readOnly: Record<string, Schema> = {
	url: { type: 'string', format: 'uri', readOnly: true },
	id: { type: 'integer', readOnly: true },
	started_time: { ...dateTime, readOnly: true },
	completed_time: { ...dateTime, nullable: true, readOnly: true },
	aborted_time: { ...dateTime, nullable: true, readOnly: true },
	last_updated_time: { ...dateTime, readOnly: true },
	process_snapshot: {
		anyOf: [{ type: 'string' }, anyObject],
		readOnly: true,
		description: 'Typed string in one official version, object in another. Contents invented.',
	},
	active_step_ids: { type: 'array', items: integer, readOnly: true },
	step_deadlines: {
		anyOf: [{ type: 'string' }, { type: 'array', items: anyObject }, anyObject],
		readOnly: true,
		description: 'Typed string in one official version, array of objects in another. Contents invented.',
	},
	public_url: { type: 'string', minLength: 1, nullable: true, readOnly: true },
	stage: { type: 'string', minLength: 1, nullable: true, readOnly: true },
};

const schemas: Record<string, Schema> = {
	StepAssignment: {
		type: 'object',
		required: ['step_id', 'user_id'],
		properties: { step_id: integer, user_id: integer },
	},
	Public_Instance: {
		type: 'object',
		required: ['process'],
		properties: { ...writable, ...readOnly },
	},
	Instance_Response: {
		type: 'object',
		description: 'Public_Instance as it is answered: the fields that may be absent by a switch are not required.',
		required: [
			...Object.keys(writable).filter((key) => key !== 'step_assignments'),
			...Object.keys(readOnly).filter((key) => key !== 'public_url' && key !== 'stage'),
		],
		properties: { ...writable, ...readOnly },
		additionalProperties: false,
	},
	CompleteAction: {
		type: 'object',
		required: ['action_id', 'input_object'],
		properties: { action_id: integer, input_object: { type: 'object', description: 'Depends on the field type.' } },
	},
	CompleteStep: {
		type: 'object',
		required: ['step_id'],
		properties: {
			step_id: integer,
			actions: { type: 'array', items: ref('CompleteAction') },
			mode: { type: 'string', enum: ['save', 'complete'], default: 'complete' },
		},
	},
	IdList: {
		type: 'object',
		required: ['ids'],
		properties: { ids: { type: 'array', items: integer } },
	},
	InstanceRow: {
		type: 'object',
		required: ['id', 'name', 'status'],
		properties: {
			id: integer,
			name: { type: 'string', nullable: true },
			status: { type: 'string' },
			public_url: { type: 'string', nullable: true },
		},
		additionalProperties: false,
	},
	FieldValueRow: {
		type: 'object',
		required: ['value', 'instance_id', 'instance_name', 'settings'],
		properties: {
			value: { ...anyObject, nullable: true },
			instance_id: integer,
			instance_name: { type: 'string', nullable: true },
			settings: anyObject,
		},
		additionalProperties: false,
	},
	ProcessRow: {
		type: 'object',
		required: ['id', 'name', 'url'],
		properties: { id: integer, name: { type: 'string' }, url: { type: 'string', format: 'uri' } },
		additionalProperties: false,
	},
	Process: { ...anyObject, required: ['id', 'url', 'name'], description: 'Invented.' },
	Upload: {
		...anyObject,
		required: ['id', 'created_time', 'process', 'process_instance'],
		properties: {
			id: integer,
			created_time: dateTime,
			process: { type: 'integer', nullable: true },
			process_instance: { type: 'integer', nullable: true },
		},
	},
};

const page = (row: string, countRequired = true): Schema => ({
	type: 'object',
	required: [...(countRequired ? ['count'] : []), 'next', 'previous', 'results'],
	properties: {
		count: integer,
		next: { type: 'string', format: 'uri', nullable: true },
		previous: { type: 'string', format: 'uri', nullable: true },
		results: { type: 'array', items: ref(row) },
	},
	additionalProperties: false,
});

// --- Parameters --------------------------------------------------------------------------------------------

const path = (name: string): Parameter => ({ name, in: 'path', required: true, schema: integer });
const query = (name: string, schema: Schema, description?: string): Parameter => ({
	name,
	in: 'query',
	schema,
	...(description && { description }),
});

/** Times with the suffixes `_after` and `_before`, both inclusive (reference, 1.1 and 5.3). */
export const TIME_FILTERS = [
	'started_time',
	'last_updated_time',
	'deadline',
	'step_deadline',
	'aborted_time',
	'completed_time',
	'ended_time',
] as const;

/** The documented `ordering` values; each also with a leading "-" (reference, 1.1). */
export const ORDERINGS = [
	'name',
	'started_time',
	'last_updated_time',
	'status',
	'priority',
	'progress',
	'deadline',
	'ended_time',
	'total_runtime',
] as const;

const filters: Parameter[] = [
	query('name', { type: 'string' }, 'Part of the instance name.'),
	query('status', { type: 'string', enum: ['running', 'completed', 'aborted'] }),
	query('priority', { type: 'string', enum: ['V', 'H'] }),
	query('progress_min', { type: 'number' }),
	query('progress_max', { type: 'number' }),
	query('active_step_id', { type: 'number' }),
	...TIME_FILTERS.flatMap((name) => [query(`${name}_after`, dateTime), query(`${name}_before`, dateTime)]),
	query('total_runtime_min', { type: 'string', format: 'duration' }),
	query('total_runtime_max', { type: 'string', format: 'duration' }),
	query('tags', { type: 'string' }, 'Comma-separated names; any of them matches.'),
	{
		...query('ordering', {
			type: 'array',
			items: { type: 'string', enum: [...ORDERINGS, ...ORDERINGS.map((o) => `-${o}`)] },
		}),
		style: 'form',
		explode: false,
	},
	// Listed without description; see the switch `undocumentedFilters`.
	query('organization', { type: 'string' }),
	query('process', { type: 'string' }),
	query('lead_user', { type: 'string' }),
	query('query', { type: 'string' }),
	query('id', { type: 'string' }),
	query('instance_ids', { type: 'string' }),
];

const size = [query('page_size', { type: 'string' }), query('limit', { type: 'string' })];
const pages = [query('page', { type: 'string' }), ...size];

// --- Operations --------------------------------------------------------------------------------------------

const ok = (schema: Schema, description = 'OK') => ({ description, content: json(schema) });
const body = (schema: Schema) => ({ required: true, content: json(schema) });

const upload = (part: 'file' | 'image'): Operation => ({
	operationId: part === 'file' ? 'files_create' : 'images_create',
	summary: `Upload ${part === 'file' ? 'a file' : 'an image'}`,
	description: '[3P] Reference 1.10. The response is invented.',
	requestBody: {
		required: true,
		content: {
			'multipart/form-data': {
				schema: {
					type: 'object',
					required: [part],
					properties: {
						[part]: { type: 'string', format: 'binary' },
						process: integer,
						process_instance: integer,
						created_time: dateTime,
					},
				},
			},
		},
	},
	responses: { '201': ok(ref('Upload'), 'Created') },
});

const instance = '/instances/{id}/';

export const openapi = {
	openapi: '3.0.1',
	info: {
		title: 'Next Matter API sandbox',
		version: 'v1',
		description: 'Stands in for the Next Matter API in tests and demos. Not made by Next Matter.',
	},
	servers: [{ url: '/api' }],
	security: [{ Bearer: [] }],
	paths: {
		'/processes/{process_id}/instances/': {
			get: {
				operationId: 'processes_instances_list',
				summary: 'List workflow instances',
				description: 'Reference 1.1 and 2.',
				parameters: [path('process_id'), ...filters, ...pages],
				responses: { '200': ok(page('InstanceRow')) },
			},
		},
		'/v2/processes/{process_id}/instances/': {
			get: {
				operationId: 'v2_processes_instances_list',
				summary: 'List workflow instances (cursor)',
				description: 'Reference 1.2. Parameters after `ordering` and the form of the cursor are invented.',
				parameters: [path('process_id'), ...filters, query('cursor', { type: 'string' }), ...size],
				responses: { '200': ok(page('InstanceRow', false)) },
			},
		},
		'/instances/': {
			post: {
				operationId: 'instances_create',
				summary: 'Create instance',
				description: 'Reference 1.3.',
				requestBody: body(ref('Public_Instance')),
				responses: { '201': ok(ref('Instance_Response'), 'Created') },
			},
		},
		[instance]: {
			get: {
				operationId: 'instances_read',
				summary: 'Get instance',
				description: 'Reference 1.4.',
				parameters: [
					path('id'),
					query('inject_values', { type: 'boolean', default: false }),
					query('steps_time_frame', { type: 'boolean', default: false }),
				],
				responses: { '200': ok(ref('Instance_Response')) },
			},
			put: {
				operationId: 'instances_update',
				summary: 'Update instance',
				description: 'Seed 000; reference 1.5.',
				parameters: [path('id')],
				requestBody: body(ref('Public_Instance')),
				responses: { '200': ok(ref('Instance_Response')) },
			},
			patch: {
				operationId: 'instances_partial_update',
				summary: 'Partially update instance',
				description: '[3P] Reference 1.5.',
				parameters: [path('id')],
				requestBody: body(ref('Public_Instance')),
				responses: { '200': ok(ref('Instance_Response')) },
			},
		},
		'/instances/{id}/complete_step/': {
			post: {
				operationId: 'instances_complete_step',
				summary: 'Complete step',
				description: 'Seed 002; reference 1.11.',
				parameters: [path('id')],
				requestBody: body(ref('CompleteStep')),
				responses: { '200': ok(ref('Instance_Response'), 'Returns the updated instance') },
			},
		},
		'/instances/bulk/abort': {
			post: {
				operationId: 'instances_bulk_abort',
				summary: 'Stop instances',
				description: 'Reference 1.6. 201 is documented.',
				requestBody: body(ref('IdList')),
				responses: { '201': ok(ref('IdList')) },
			},
		},
		'/instances/bulk/delete': {
			post: {
				operationId: 'instances_bulk_delete',
				summary: 'Delete instances',
				description: 'Reference 1.7.',
				requestBody: body(ref('IdList')),
				responses: { '204': { description: 'No content' } },
			},
		},
		'/instances/bulk': {
			delete: {
				operationId: 'instances_bulk_destroy',
				summary: 'Delete instances',
				description: '[3P] Reference, section 0 row 10.',
				requestBody: body(ref('IdList')),
				responses: { '204': { description: 'No content' } },
			},
		},
		'/processes/{process_id}/steps/{step_id}/actions/{action_id}/': {
			get: {
				operationId: 'processes_steps_actions_read',
				summary: 'Details of form field',
				description: 'Reference 1.8.',
				parameters: [path('process_id'), path('step_id'), path('action_id'), ...filters, ...pages],
				responses: { '200': ok(page('FieldValueRow')) },
			},
		},
		'/processes/{id}/': {
			get: {
				operationId: 'processes_read',
				summary: 'Retrieve workflow',
				description: '[3P] Reference 1.9. The response is invented.',
				parameters: [path('id')],
				responses: { '200': ok(ref('Process')) },
			},
		},
		'/processes/': {
			get: {
				operationId: 'processes_list',
				summary: 'List workflows',
				description: 'Not documented; reference, section 0. Off by default.',
				parameters: [query('name', { type: 'string' }), query('search', { type: 'string' }), ...pages],
				responses: { '200': ok(page('ProcessRow')) },
			},
		},
		'/files/': { post: upload('file') },
		'/images/': { post: upload('image') },
	} as Record<string, Record<string, Operation>>,
	components: {
		schemas,
		securitySchemes: {
			Bearer: {
				type: 'apiKey',
				name: 'Authorization',
				in: 'header',
				description: 'The API key, prepended with "Api-Key ".',
			},
		},
	},
};

/** A schema with every `$ref` replaced by what it refers to. */
export function resolve(schema: Schema): Schema {
	if (schema.$ref) return resolve(schemas[schema.$ref.split('/').at(-1)!]);
	const properties =
		schema.properties &&
		Object.fromEntries(Object.entries(schema.properties).map(([key, value]) => [key, resolve(value)]));
	return {
		...schema,
		...(properties && { properties }),
		...(schema.items && { items: resolve(schema.items) }),
	};
}
