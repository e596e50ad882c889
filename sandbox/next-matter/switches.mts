/**
 * Everything the documents leave open, as a switch. One table holds the default, the allowed values and where the
 * question comes from ("§" is a section of `reference/next-matter.md`); the `Switches` type and the checks are
 * derived from it.
 */

/** Requests allowed in a sliding window, as DRF's `SimpleRateThrottle` counts them. */
export interface RateLimit {
	limit: number;
	windowMs: number;
}

interface Declaration {
	default: unknown;
	/** The allowed values; without it, any value of the default's type. */
	values?: readonly unknown[];
	/** Allowed when there is no list of values. */
	check?: (value: unknown) => boolean;
	doc: string;
}

const onOff = [true, false] as const;
const isRate = (value: unknown): value is RateLimit =>
	typeof value === 'object' &&
	value !== null &&
	Number((value as RateLimit).limit) > 0 &&
	Number((value as RateLimit).windowMs) > 0;

export const switchTable = {
	// --- Access -----------------------------------------------------------------------------------------------
	authFailureStatus: {
		default: 401,
		values: [401, 403, 400],
		doc: '§6.3/§6.4: status for a missing or wrong key. 401 documented; 403 is what the framework would do; 400 "authentication token issues".',
	},
	keyState: {
		default: 'valid',
		values: ['valid', 'expired', 'revoked'],
		doc: '§6.1: keys may expire or be revoked; every request then fails as with a wrong key.',
	},
	keyUserRole: {
		default: 'admin',
		values: ['admin', 'lead', 'member'],
		doc: '§1.11: the key acts as its user. admin: every step; lead: every step of workflows it leads; member: only steps assigned to it (else 403).',
	},
	echoAuth: {
		default: false,
		values: onOff,
		doc: 'Invented danger: error bodies repeat the received Authorization header, to test that a client hides it.',
	},

	// --- Errors -----------------------------------------------------------------------------------------------
	errorBodies: {
		default: 'drf',
		values: ['drf', 'empty', 'html', 'problem'],
		doc: '§6.4: no error body is documented. drf: framework defaults; empty; html page; problem: {"error":{"code","message"}}.',
	},
	bulkErrorBodies: {
		default: 'empty',
		values: ['empty', 'drf'],
		doc: '§1.7: the delete page lists 400/403/404 with empty content.',
	},
	notFoundText: {
		default: 'generic',
		values: ['generic', 'model'],
		doc: '§6.4: "Not found." or "No Instance matches the given query."',
	},
	missingSlash: {
		default: 'error',
		values: ['error', 'not-found', 'redirect'],
		doc: "§1.0: a write to a path without its trailing slash. error: Django's APPEND_SLASH RuntimeError (500); not-found: 404; redirect: 301 as with DEBUG off. Reads are redirected (301) unless not-found.",
	},
	strictContentType: {
		default: true,
		values: onOff,
		doc: '§1.0 [SEED 000]: Content-Type must be application/json (415 otherwise). Off: any type is read as JSON.',
	},

	// --- Limits, time -----------------------------------------------------------------------------------------
	rateLimit: {
		default: null as null | RateLimit | RateLimit[],
		check: (value: unknown) => value === null || isRate(value) || (Array.isArray(value) && value.every(isRate)),
		doc: '§6.2: 100/min and 3000/h are both documented. null = off; {limit, windowMs} or a list of them; "100/min", "3000/h" as text.',
	},
	retryAfter: {
		default: 'seconds',
		values: ['seconds', 'http-date', 'none'],
		doc: '§6.2: Retry-After with a 429 is not documented; the framework sends whole seconds.',
	},
	latencyMs: { default: 0, doc: 'Invented: every request under /api waits this long before anything is done.' },
	clockSkewMs: {
		default: 0,
		doc: "§5.3: the server's clock runs ahead (+) or behind (-). Also shows in the Date header.",
	},
	timePrecision: {
		default: 'microseconds',
		values: ['microseconds', 'milliseconds', 'seconds'],
		doc: '§5.3 "last_updated granularity": how precisely times are stored, compared and printed.',
	},
	saveBumpsLastUpdated: {
		default: true,
		values: onOff,
		doc: '§5.3: whether mode=save changes last_updated_time.',
	},

	// --- Lists ------------------------------------------------------------------------------------------------
	sizeParam: {
		default: 'both',
		values: ['page_size', 'limit', 'both', 'none'],
		doc: '§2/§11.2: the parameter for the page size; any other is ignored. both: page_size wins. none: always 100.',
	},
	pageSizeAbove500: {
		default: 'clamp',
		values: ['clamp', 'error'],
		doc: '§2: 500 is the documented maximum; whether more is cut silently or refused is open.',
	},
	defaultOrdering: {
		default: '-started_time',
		values: ['-started_time', 'started_time', 'id', '-id', 'name', 'shuffled'],
		doc: '§11.11: order without `ordering`. shuffled: a new order with every request, as an unordered query may give.',
	},
	nextOrigin: {
		default: '',
		doc: '§2: origin used in next/previous, such as "http://127.0.0.1:9". Empty: the one the request came to.',
	},
	statusNames: {
		default: 'documented',
		values: ['documented', 'capitalized', 'uppercase'],
		doc: '§1.1: spelling of `status` in list rows. documented: running, completed, aborted. Filters always take the documented ones.',
	},
	progressUnit: {
		default: 'percent',
		values: ['percent', 'fraction'],
		doc: '§1.1/§11.11: whether progress_min/_max run from 0 to 100 or from 0 to 1.',
	},
	undocumentedFilters: {
		default: 'ignore',
		values: ['ignore', 'apply'],
		doc: '§1.1/§11.11: process, organization, lead_user, id, query and instance_ids are listed without description. apply: invented meanings.',
	},
	v2: {
		default: true,
		values: onOff,
		doc: '§1.2/§11.10: the cursor list is offered (404 otherwise).',
	},
	v2Count: { default: true, values: onOff, doc: '§1.2: the cursor list returns `count`.' },
	unknownProcessList: {
		default: 'not-found',
		values: ['not-found', 'empty'],
		doc: '§6.3: lists of a workflow that does not exist answer 404, or an empty page.',
	},
	fieldValueMissing: {
		default: 'empty-object',
		values: ['empty-object', 'null', 'omit-row'],
		doc: '§1.8: `value` of an instance in which the form field is not filled.',
	},

	// --- Instance ---------------------------------------------------------------------------------------------
	putRequiresProcess: {
		default: true,
		values: onOff,
		doc: '§1.5: PUT without `process` is refused (seed 000) or not (other page version).',
	},
	putBlanksOmitted: {
		default: false,
		values: onOff,
		doc: '§11.7: PUT empties the fields that are left out (name, deadline, priority, tags, step_assignments).',
	},
	putNameWithAutomaticNaming: {
		default: 'reject',
		values: ['reject', 'accept-same', 'accept'],
		doc: '§1.5 [SEED 000]: with automatic naming a name must be left out, on update too. accept-same: the unchanged name is let through.',
	},
	patch: { default: true, values: onOff, doc: '§1.5: PATCH is offered [3P] (405 otherwise).' },
	editEnded: {
		default: 'allow',
		values: ['allow', 'reject'],
		doc: '§1.5: completed or aborted instances can be updated (the UI allows completed ones).',
	},
	assignmentsAfterStart: {
		default: 'apply',
		values: ['apply', 'ignore'],
		doc: '§11.14: step_assignments can be changed after the start, or are ignored.',
	},
	stepAssignmentsReturned: { default: true, values: onOff, doc: '§11.14: step_assignments is part of responses.' },
	tagNormalisation: {
		default: 'none',
		values: ['none', 'lowercase', 'sorted-unique'],
		doc: 'Invented: what the service does to tags. none: stored as sent.',
	},
	processUriSlash: {
		default: 'required',
		values: ['required', 'optional'],
		doc: '§1.3: one old article writes the `process` URI without its trailing slash.',
	},
	publicUrl: {
		default: 'workflow',
		values: ['workflow', 'string', 'null', 'absent'],
		doc: '§11.13: public_url. workflow: a text if tracking is on, else null; the others: always so.',
	},
	stage: {
		default: 'workflow',
		values: ['workflow', 'null', 'absent'],
		doc: '§11.13: stage. workflow: name of the current stage, null without one.',
	},
	stepDeadlines: {
		default: 'array',
		values: ['array', 'string', 'object', 'empty'],
		doc: '§1.5/§10: array of {step_id, deadline}; the same as JSON text; {step id: deadline}; always an empty array. Contents invented.',
	},
	activeSteps: {
		default: 'leaves',
		values: ['leaves', 'with-groups'],
		doc: '§3: whether active_step_ids also names the groups around an active step.',
	},
	abortedKeepsActiveSteps: {
		default: false,
		values: onOff,
		doc: '§1.1: whether a stopped instance still reports (and is found by) the steps that were active.',
	},
	mediaTypeVersion: {
		default: false,
		values: onOff,
		doc: '§1.5: answers carry "application/json; version=v1".',
	},

	// --- Snapshot ---------------------------------------------------------------------------------------------
	snapshotType: {
		default: 'object',
		values: ['object', 'string'],
		doc: '§1.5/§3: process_snapshot is a JSON object or a text holding JSON.',
	},
	snapshotShape: {
		default: 'tree',
		values: ['tree', 'children', 'flat', 'dictionary', 'legacy', 'opaque'],
		doc: '§3/§11.1, all invented. tree: steps[].actions[], groups nest in steps; children: groups nest in children; flat: steps[] and actions[] side by side; dictionary: keyed by id; legacy: process_steps[].process_step_actions[]; opaque: nothing recognisable.',
	},
	injectedValues: {
		default: 'input_object',
		values: ['input_object', 'value', 'inputValue', 'data', 'spread', 'values-map'],
		doc: '§3/§11.1: where inject_values=true puts a value. A key of the action; spread: its keys lie in the action itself; values-map: {action id: value} at the top.',
	},
	injectedEmpty: {
		default: 'absent',
		values: ['absent', 'null', 'empty-object'],
		doc: '§3: how a form field without value looks with inject_values=true.',
	},
	stepTimes: {
		default: 'step',
		values: ['step', 'time_frame', 'times-map', 'completed-only'],
		doc: '§3/§11.1: where steps_time_frame=true puts times. step: started_time/completed_time of the step; time_frame: an object in it; times-map: {step id: …} at the top; completed-only: completion_time of the step.',
	},
	fieldTypeNames: {
		default: 'plain',
		values: ['plain', 'legacy', 'absent'],
		doc: '§4.4: type names of form fields in snapshots and workflows. plain: single_select; legacy: "Single Value Dropdown".',
	},

	// --- Form fields ------------------------------------------------------------------------------------------
	inputObjectForm: {
		default: 'reference',
		values: ['reference', 'wrapped', 'both'],
		doc: '§4.2/§11.5: form of address, checklist, radio and URL values. reference: seed 002; wrapped: docs/complete-a-step; both are accepted. Answers use the wrapped form only with "wrapped".',
	},
	extraInputKeys: {
		default: 'reject',
		values: ['reject', 'ignore'],
		doc: 'Invented strictness: keys of an input_object that no page names.',
	},
	routingKeys: {
		default: 'action-only',
		values: ['action-only', 'all'],
		doc: '§11.6: whether label, comment and returnToStep must be sent with a routing value.',
	},
	externalFileUrls: {
		default: 'accept',
		values: ['accept', 'reject'],
		doc: '§11.9: files, images and drawings take any public URL, or only uploaded ones.',
	},
	tableHeaders: {
		default: 'free',
		values: ['free', 'checked'],
		doc: '§4.1: whether the first row of a table must equal the columns of the form field.',
	},
	unknownStepStatus: {
		default: 400,
		values: [400, 404],
		doc: '§6.3: complete_step with a step that is not in the workflow; both statuses name a missing step.',
	},

	// --- Bulk -------------------------------------------------------------------------------------------------
	bulkUnknownIds: {
		default: 'reject',
		values: ['reject', 'ignore', 'partial'],
		doc: '§11.12: unknown ids in a bulk call. reject: error, nothing done; ignore: the others are done; partial: the others are done and an error is answered.',
	},
	bulkRejectStatus: {
		default: 404,
		values: [404, 400],
		doc: '§1.7: status for unknown ids; delete lists both.',
	},
	bulkEndedIds: {
		default: 'ignore',
		values: ['ignore', 'reject'],
		doc: '§11.12: aborting instances that have ended. reject: 400, nothing done.',
	},
	bulkAbortReturns: {
		default: 'sent',
		values: ['sent', 'affected'],
		doc: '§1.6: ids in the answer: those that were sent, or only those that were stopped.',
	},
	bulkMaxIds: { default: 0, doc: '§11.12: most ids in one bulk call (400 above); 0 = no limit.' },
	deleteBulk: { default: true, values: onOff, doc: '§0 row 10: DELETE /instances/bulk is offered [3P].' },

	// --- Workflows, files -------------------------------------------------------------------------------------
	processDetail: { default: true, values: onOff, doc: '§1.9: GET /processes/{id}/ is offered [3P].' },
	processShape: {
		default: 'tree',
		values: ['tree', 'children', 'flat', 'dictionary', 'legacy', 'opaque'],
		doc: '§1.9/§11.8: shape of GET /processes/{id}/, invented; see snapshotShape.',
	},
	processList: {
		default: false,
		values: onOff,
		doc: '§0/§11.8: GET /processes/ is offered; there is no official evidence for it.',
	},
	processListSearch: {
		default: 'name',
		values: ['name', 'search', 'none'],
		doc: '§11.8: parameter of the workflow list that filters by name, if any.',
	},
	processListPageSize: { default: 100, doc: '§11.8: default page size of the workflow list.' },
	uploads: { default: true, values: onOff, doc: '§1.10: POST /files/ and /images/ are offered [3P].' },
	uploadUrlKey: {
		default: 'file_uri',
		values: ['file_uri', 'url', 'file'],
		doc: '§1.10/§11.9: key that holds the URL after an upload. file_uri: image_uri for images; file: image for images.',
	},
	uploadRequires: {
		default: 'nothing',
		values: ['nothing', 'process', 'process_instance', 'both'],
		doc: '§1.10: form fields needed beside the file.',
	},
	uploadMaxBytes: { default: 0, doc: '§11.9: largest upload (413 above); 0 = no limit.' },
} as const satisfies Record<string, Declaration>;

type Table = typeof switchTable;
type Widen<T> = T extends string ? string : T extends number ? number : T extends boolean ? boolean : T;

export type Switches = {
	-readonly [Name in keyof Table]: Table[Name] extends { values: readonly (infer Value)[] }
		? Value
		: Widen<Table[Name]['default']>;
};

export type SwitchName = keyof Switches;

const declarations: Record<string, Declaration> = switchTable;

export function defaultSwitches(): Switches {
	return Object.fromEntries(
		Object.entries(declarations).map(([name, { default: value }]) => [name, value]),
	) as unknown as Switches;
}

/**
 * Sets switches in place. Unknown names and values throw and leave everything as it was: a typing error in a test
 * must show.
 */
export function applySwitches(target: Switches, changes: Partial<Switches>): void {
	for (const [name, value] of Object.entries(changes)) checkSwitch(name, value);
	Object.assign(target, changes);
}

function checkSwitch(name: string, value: unknown) {
	const declaration = Object.hasOwn(declarations, name) ? declarations[name] : undefined;
	if (!declaration) throw new Error(`There is no switch "${name}".`);
	const { values, check, default: standard } = declaration;
	const allowed = values ? values.includes(value) : check ? check(value) : typeof value === typeof standard;
	if (!allowed) {
		const choices = values ? ` Choose one of: ${values.join(', ')}.` : '';
		throw new Error(`"${JSON.stringify(value)}" is not possible for the switch "${name}".${choices}`);
	}
}

/** Reads `name=value` from the command line. */
export function parseSwitch(text: string): Partial<Switches> {
	const [, name, raw] = /^([^=]+)=(.*)$/.exec(text) ?? [];
	if (!name) throw new Error(`Write a switch as name=value, not "${text}".`);
	const rate = /^(\d+)\/(min|h)$/.exec(raw);
	let value: unknown = raw;
	if (name === 'rateLimit' && rate) {
		value = { limit: Number(rate[1]), windowMs: rate[2] === 'h' ? 3_600_000 : 60_000 };
	} else {
		try {
			value = JSON.parse(raw);
		} catch {
			// A bare word stays a text.
		}
	}
	checkSwitch(name, value);
	return { [name]: value };
}
