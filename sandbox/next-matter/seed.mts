/** What a fresh sandbox holds: three demo workflows with a few instances, or nothing but users. Invented throughout. */
import type { Store } from './store.mts';
import type { InputObject, User, WorkflowDef } from './types.mts';

export const DEMO_USERS: User[] = [
	{ id: 3101, name: 'Automation Bot', email: 'automation.bot@acme.example' },
	{ id: 3102, name: 'Hanna Weber', email: 'hanna.weber@acme.example' },
	{ id: 3103, name: 'Marco Rossi', email: 'marco.rossi@acme.example' },
	{ id: 3104, name: 'Aisha Khan', email: 'aisha.khan@acme.example' },
	{ id: 3105, name: 'Tom Becker', email: 'tom.becker@acme.example' },
];

const [BOT, HR, IT, MANAGER, BUDDY] = DEMO_USERS.map(({ id }) => id);

/** Holds all 17 form field types, a parallel group, a group inside it, routing and an automated step. */
export const onboardingWorkflow: WorkflowDef = {
	id: 4210,
	name: 'Employee onboarding',
	leadUserId: HR,
	organizationId: 77,
	publicTracking: true,
	steps: [
		{
			id: 141487,
			name: 'Collect personal details',
			stage: 'Preparation',
			assignee: BOT,
			deadlineHours: 48,
			actions: [
				{ id: 369584, name: 'Full name', type: 'text', required: true },
				{ id: 369585, name: 'Private email', type: 'email', required: true },
				{ id: 369586, name: 'Start date', type: 'date', required: true },
				{ id: 369587, name: 'Home address', type: 'address' },
				{
					id: 369588,
					name: 'Department',
					type: 'singleSelect',
					required: true,
					options: ['Engineering', 'Finance', 'Marketing', 'Operations', 'Sales'],
				},
				{
					id: 369589,
					name: 'Contract type',
					type: 'radio',
					required: true,
					options: ['Permanent', 'Fixed term', 'Internship'],
				},
				{ id: 369590, name: 'Annual salary', type: 'number' },
				{ id: 369591, name: 'Signed contract', type: 'file' },
			],
		},
		{
			id: 141488,
			name: 'Prepare workplace',
			type: 'parallel',
			stage: 'Preparation',
			steps: [
				{
					id: 141489,
					name: 'Order IT equipment',
					assignee: IT,
					deadlineHours: 72,
					actions: [
						{
							id: 369592,
							name: 'Equipment',
							type: 'checklist',
							required: true,
							options: ['Laptop', 'Monitor', 'Headset', 'Mobile phone', 'Security key'],
						},
						{ id: 369593, name: 'Accounts', type: 'table', columns: ['System', 'Username', 'Role'] },
					],
				},
				{
					id: 141490,
					name: 'Choose a buddy',
					assignee: HR,
					actions: [{ id: 369594, name: 'Buddy', type: 'userSelection', required: true }],
				},
				{
					id: 141491,
					name: 'Set up the desk',
					type: 'group',
					steps: [
						{
							id: 141492,
							name: 'Reserve a desk',
							assignee: HR,
							actions: [{ id: 369595, name: 'Desk number', type: 'text' }],
						},
						{
							id: 141493,
							name: 'Print the badge',
							assignee: IT,
							actions: [{ id: 369596, name: 'Badge printed on', type: 'date' }],
						},
					],
				},
			],
		},
		{
			id: 141494,
			name: 'Manager approval',
			stage: 'Approval',
			assignee: MANAGER,
			deadlineHours: 24,
			actions: [
				{ id: 369597, name: 'Decision', type: 'routing', required: true },
				{ id: 369598, name: 'Note to HR', type: 'text' },
			],
		},
		{ id: 141495, name: 'Send welcome email', type: 'email', stage: 'Approval' },
		{
			id: 141496,
			name: 'First day',
			stage: 'First day',
			assignee: HR,
			actions: [
				{
					id: 369599,
					name: 'How to run the first day',
					type: 'instruction',
					description: 'Meet at reception at 9:00, hand over the equipment and introduce the buddy.',
				},
				{ id: 369600, name: 'Profile photo', type: 'image' },
				{ id: 369601, name: 'Signature for the equipment', type: 'drawing' },
				{ id: 369602, name: 'Intranet profile', type: 'url' },
				{
					id: 369603,
					name: 'Trainings',
					type: 'multiSelect',
					required: true,
					options: ['Data protection', 'Fire safety', 'First aid', 'Product basics'],
				},
			],
		},
		{
			id: 141497,
			name: 'Probation review',
			stage: 'Probation',
			assignee: MANAGER,
			deadlineHours: 2160,
			actions: [{ id: 369604, name: 'Feedback', type: 'text', required: true }],
		},
	],
};

/** Automatic naming: a name must not be sent. */
export const purchaseWorkflow: WorkflowDef = {
	id: 4211,
	name: 'Purchase approval',
	automaticNaming: 'Purchase #{n}',
	leadUserId: MANAGER,
	organizationId: 77,
	steps: [
		{
			id: 141510,
			name: 'Describe the purchase',
			assignee: BOT,
			actions: [
				{ id: 369620, name: 'What is needed', type: 'text', required: true },
				{ id: 369621, name: 'Amount', type: 'number', required: true },
				{ id: 369622, name: 'Quote', type: 'file' },
			],
		},
		{
			id: 141511,
			name: 'Approve the budget',
			assignee: MANAGER,
			deadlineHours: 48,
			actions: [
				{ id: 369623, name: 'Decision', type: 'routing', required: true },
				{ id: 369624, name: 'Cost center', type: 'singleSelect', options: ['Office', 'Travel', 'Hardware'] },
			],
		},
		{
			id: 141512,
			name: 'Place the order',
			assignee: HR,
			actions: [{ id: 369625, name: 'Order page', type: 'url' }],
		},
	],
};

/** Two steps with "Select user at workflow start": step_assignments must be sent. */
export const visitWorkflow: WorkflowDef = {
	id: 4212,
	name: 'Customer site visit',
	leadUserId: HR,
	organizationId: 77,
	steps: [
		{
			id: 141530,
			name: 'Plan the visit',
			assignee: 'at-start',
			actions: [
				{ id: 369640, name: 'Customer', type: 'text', required: true },
				{ id: 369641, name: 'Day of the visit', type: 'date', required: true },
				{ id: 369642, name: 'Customer address', type: 'address' },
			],
		},
		{
			id: 141531,
			name: 'Write the report',
			assignee: 'at-start',
			deadlineHours: 72,
			actions: [
				{ id: 369643, name: 'Summary', type: 'text', required: true },
				{ id: 369644, name: 'Photos', type: 'image' },
			],
		},
	],
};

const HOUR = 3_600_000;

const personal = (name: string, email: string, start: string, department: string): Record<number, InputObject> => ({
	369584: { inputValue: name },
	369585: { emailValue: email },
	369586: { date: start },
	369587: { street: 'Lindenstraße 12', city: 'Berlin', zipCode: '10969' },
	369588: { itemSelected: department },
	369589: { radioItemSelected: 'Permanent' },
	369590: { numberValue: 58000, formattedValue: '58.000' },
});

const equipment: Record<number, InputObject> = {
	369592: { itemsChecked: ['Laptop', 'Monitor', 'Headset'] },
	369593: {
		jsonResult: JSON.stringify([
			['System', 'Username', 'Role'],
			['Mail', 'new.colleague', 'User'],
			['CRM', 'new.colleague', 'Editor'],
		]),
	},
};

const approval = (): Record<number, InputObject> => ({
	369597: { action: 'skip_forward', comment: '', label: 'Approve', returnToStep: '' },
	369598: { inputValue: 'Looking forward to it.' },
});

function addUsers(store: Store) {
	store.users.push(...DEMO_USERS);
	store.keyUserId = BOT;
}

function addOnboardings(store: Store) {
	const now = store.now() / 1000;
	const ago = (hours: number) => new Date(now - hours * HOUR);
	const start = (name: string, hours: number, more: object = {}) =>
		store.createInstance(onboardingWorkflow.id, { name, startedTime: ago(hours), startedBy: HR, ...more }).id;

	const lena = start('Lena Fischer', 400, { tags: ['berlin', 'engineering'], priority: 'H' });
	store.completeStep(
		lena,
		141487,
		personal('Lena Fischer', 'lena.fischer@mail.example', '2026-12-01T08:00:00Z', 'Engineering'),
		ago(390),
	);
	store.completeStep(lena, 141489, equipment, ago(360));
	store.completeStep(lena, 141490, { 369594: { selection: { user_email: 'tom.becker@acme.example' } } }, ago(350));
	store.completeStep(lena, 141492, { 369595: { inputValue: 'B2-17' } }, ago(340));
	store.completeStep(lena, 141493, { 369596: { date: '2026-11-10T10:00:00Z' } }, ago(320));
	store.completeStep(lena, 141494, approval(), ago(300));
	store.completeStep(lena, 141496, { 369603: { itemsSelected: ['Data protection', 'Fire safety'] } }, ago(48));
	store.completeStep(lena, 141497, { 369604: { inputValue: 'A strong start.' } }, ago(2));

	const paul = start('Paul Nguyen', 120, { tags: ['munich', 'sales'], deadline: ago(-240) });
	store.completeStep(
		paul,
		141487,
		personal('Paul Nguyen', 'paul.nguyen@mail.example', '2026-12-15T08:00:00Z', 'Sales'),
		ago(100),
	);
	store.completeStep(paul, 141489, equipment, ago(20));

	start('Sofia Garcia', 30, { tags: ['remote', 'finance'], priority: 'V', deadline: ago(-72) });
	start('Jonas Meyer', 3, { tags: ['berlin', 'marketing'] });

	start('Emma Laurent (withdrawn)', 700, { tags: ['munich'], abortedTime: ago(650) });

	const purchase = store.createInstance(purchaseWorkflow.id, { startedTime: ago(26), tags: ['hardware'] }).id;
	const asked: Record<number, InputObject> = {
		369620: { inputValue: 'Two monitors for the design team' },
		369621: { numberValue: 1180, formattedValue: '' },
	};
	store.completeStep(purchase, 141510, asked, ago(25));
	store.createInstance(purchaseWorkflow.id, { startedTime: ago(5), tags: ['office'] });

	store.createInstance(visitWorkflow.id, {
		name: 'Visit to Nordwind GmbH',
		startedTime: ago(50),
		stepAssignments: [
			{ step_id: 141530, user_id: HR },
			{ step_id: 141531, user_id: BUDDY },
		],
	});
}

export const seeds = {
	onboarding: (store: Store): void => {
		addUsers(store);
		for (const workflow of [onboardingWorkflow, purchaseWorkflow, visitWorkflow]) store.addWorkflow(workflow);
		addOnboardings(store);
	},
	empty: addUsers,
};
