// n8n's editor as a person handles it: everything here clicks, types and reads.
import { selectors, type Locator, type Page } from 'playwright-core';

// What n8n marks its elements with.
selectors.setTestIdAttribute('data-test-id');

/** As it stands in a label, with the star of a required form field or without. */
const exactly = (text: string) => new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);

export class Editor {
	readonly page: Page;
	private readonly url: string;

	constructor(page: Page, url: string) {
		this.page = page;
		this.url = url;
	}

	id(testId: string): Locator {
		return this.page.getByTestId(testId);
	}

	/** n8n keeps closed dropdowns in the page: only what is seen counts. */
	private seen(testId: string): Locator {
		return this.id(testId).filter({ visible: true });
	}

	// --- Account and theme ------------------------------------------------------------------------------------

	async signIn({ email, password }: { email: string; password: string }): Promise<void> {
		await this.page.goto(`${this.url}/signin`);
		await this.page.locator('input[name=emailOrLdapLoginId]').fill(email);
		await this.page.locator('input[name=password]').fill(password);
		await this.id('form-submit-button').click();
		await this.id('project-home-menu-item').waitFor();
	}

	async chooseTheme(name: 'Dark' | 'Light'): Promise<void> {
		await this.page.goto(`${this.url}/settings/personal`);
		await this.id('theme-select').click();
		await this.page.locator('.el-select-dropdown__item').filter({ hasText: name, visible: true }).click();
		await this.id('save-settings-button').click();
		await this.page.locator(`body[data-theme=${name.toLowerCase()}]`).waitFor({ state: 'attached' });
	}

	// --- Credentials ------------------------------------------------------------------------------------------

	async openNewCredential(type: string): Promise<void> {
		await this.page.goto(`${this.url}/home/credentials`);
		// A button of its own, or one amid the empty page.
		await this.id('add-resource-credential').or(this.id('empty-resources-list').getByRole('button')).first().click();
		await this.id('new-credential-type-select').click();
		await this.page.keyboard.type(type);
		await this.seen('new-credential-type-select-option').filter({ hasText: exactly(type) }).click();
		await this.id('new-credential-type-button').click();
		await this.input('apiKey').waitFor();
	}

	/** Saves, upon which n8n tests the credential, and gives what it says. */
	async saveCredential(): Promise<string> {
		const tested = this.page.waitForResponse((response) => response.url().endsWith('/rest/credentials/test'));
		await this.id('credential-save-button').click();
		await tested;
		const success = this.seen('credentials-config-container-test-success');
		const failure = this.page.getByText('Couldn’t connect with these settings').filter({ visible: true });
		await success.or(failure).first().waitFor();
		if (await success.isVisible()) return await success.innerText();
		await this.page.getByText('More details').filter({ visible: true }).click();
		return await this.id('node-credentials-config-container').innerText();
	}

	async closeDialog(): Promise<void> {
		await this.page.locator('.el-dialog__headerbtn').filter({ visible: true }).click();
		await this.id('editCredential-modal').waitFor({ state: 'hidden' });
	}

	// --- Canvas -----------------------------------------------------------------------------------------------

	async newWorkflow(): Promise<void> {
		// By its address: from the side bar n8n asks first whether to save what the test before left.
		await this.page.goto(`${this.url}/workflow/new`, { waitUntil: 'commit' });
		await this.id('canvas-add-button').waitFor();
	}

	/** Opens the list of nodes. */
	private async openNodeCreator(): Promise<void> {
		const isEmpty = await this.id('canvas-add-button').isVisible();
		await this.id(isEmpty ? 'canvas-plus-button' : 'node-creator-plus-button').first().click();
		await this.id('node-creator-search-bar').waitFor();
	}

	/** Searches a node, and goes on to what it can do. */
	async findNode(search: string, name = search): Promise<void> {
		await this.openNodeCreator();
		await this.id('node-creator-search-bar').fill(search);
		await this.seen('node-creator-item-name').filter({ hasText: exactly(name) }).first().click();
	}

	/** Chooses one of the node's actions or triggers; the node opens. */
	async chooseAction(action: string): Promise<void> {
		await this.seen('node-creator-item-name').filter({ hasText: exactly(action) }).first().click();
		await this.id('node-parameters').waitFor();
	}

	node(name: string): Locator {
		return this.id('canvas-node').filter({ hasText: name });
	}

	async closeNode(): Promise<void> {
		await this.id('ndv-close-button').click();
		await this.id('node-parameters').waitFor({ state: 'hidden' });
	}

	async openNode(name: string): Promise<void> {
		await this.node(name).dblclick();
		await this.id('node-parameters').waitFor();
	}

	async zoomToFit(): Promise<void> {
		await this.id('zoom-to-fit').click();
	}

	// --- Parameters -------------------------------------------------------------------------------------------

	/** An entry of the dropdown that is open. */
	private option(name: string): Locator {
		return this.page.locator('.el-select-dropdown__item, [role=option]').filter({ visible: true }).filter({ has: this.page.getByText(name, { exact: true }) }).first();
	}

	/** The input of a parameter; of several with that name, the one that was added last. */
	input(parameter: string): Locator {
		return this.seen(`parameter-input-${parameter}`).last();
	}

	/** Types a text. */
	async type(parameter: string, value: string): Promise<void> {
		const field = this.input(parameter).locator('input, textarea').first();
		await field.fill(value);
		await field.press('Tab');
	}

	/** Chooses from a dropdown. */
	async choose(parameter: string, name: string): Promise<void> {
		await this.input(parameter).click();
		await this.option(name).click();
		await this.option(name).waitFor({ state: 'hidden' });
	}

	/** Types a time into the date picker. */
	async pickTime(parameter: string, value: string): Promise<void> {
		const field = this.input(parameter).locator('input').first();
		await field.click();
		await field.fill(value);
		await field.press('Enter');
		await this.page.locator('.el-picker-panel').filter({ visible: true }).waitFor({ state: 'detached' });
	}

	/** Replaces what stands in a code editor. */
	async typeCode(parameter: string, value: string): Promise<void> {
		await this.input(parameter).locator('.cm-content').click();
		await this.page.keyboard.press('ControlOrMeta+A');
		await this.page.keyboard.insertText(value);
	}

	/** Adds as many inputs as there are texts, with the button under the list, and types them in. */
	async typeList(parameter: string, button: string, values: string[]): Promise<void> {
		for (const [index, value] of values.entries()) {
			await this.page.getByRole('button', { name: button, exact: true }).last().click();
			await this.seen(`parameter-input-${parameter}`).nth(index).waitFor();
			await this.type(parameter, value);
		}
	}

	private locator(parameter: string): Locator {
		return this.seen(`resource-locator-${parameter}`).last();
	}

	/** Opens a list and gives its entries. */
	async listed(parameter: string): Promise<string[]> {
		await this.locator(parameter).getByTestId('rlc-input').click();
		await this.seen('rlc-item').first().waitFor();
		return await this.seen('rlc-item').allInnerTexts();
	}

	/** Chooses an entry of the list that is open. */
	async chooseListed(name: string): Promise<void> {
		await this.seen('rlc-item').filter({ hasText: exactly(name) }).first().click();
		await this.seen('rlc-item').first().waitFor({ state: 'hidden' });
	}

	async chooseFrom(parameter: string, name: string): Promise<void> {
		await this.listed(parameter);
		await this.chooseListed(name);
	}

	/** Opens a list that cannot be had and gives what stands in its place. */
	async listedInstead(parameter: string): Promise<string> {
		await this.locator(parameter).getByTestId('rlc-input').click();
		const text = await this.seen('rlc-error-container').innerText();
		// It closes when something else is clicked.
		await this.id('tab-params').click();
		await this.seen('rlc-error-container').waitFor({ state: 'hidden' });
		return text;
	}

	/** From list, by URL, by ID. */
	async chooseMode(parameter: string, mode: string): Promise<void> {
		await this.locator(parameter).getByTestId('rlc-mode-selector').click();
		await this.option(mode).click();
	}

	async typeId(parameter: string, id: string): Promise<void> {
		await this.chooseMode(parameter, 'By ID');
		await this.locator(parameter).getByTestId('rlc-input').fill(id);
	}

	/** Adds an entry to the form fields. */
	async addField(): Promise<void> {
		const count = await this.seen('resource-locator-actionId').count();
		await this.id('fixed-collection-formFields').getByTestId('fixed-collection-add').click();
		await this.seen('resource-locator-actionId').nth(count).waitFor();
	}

	/** Adds a parameter of a collection such as Additional Fields. */
	async addOption(collection: string, name: string): Promise<void> {
		const item = this.id('parameter-item').filter({ has: this.page.getByText(collection, { exact: true }) }).last();
		await item.getByTestId('collection-parameter-add').click();
		await this.option(name).click();
	}

	/** Scrolls so that a parameter stands at the top. */
	async showFrom(label: string): Promise<void> {
		await this.id('node-parameters').getByText(label, { exact: true }).first().evaluate((element) => element.scrollIntoView({ block: 'start' }));
	}

	// --- Runs -------------------------------------------------------------------------------------------------

	/** Executes the node that is open, and waits until its output shows these texts. */
	async execute(...shown: string[]): Promise<void> {
		const panel = this.id('output-panel');
		const ran = this.page.waitForResponse((response) => response.url().endsWith('/run') && response.request().method() === 'POST');
		await this.id('node-execute-button').click();
		await ran;
		const failure = panel.getByTestId('node-error-message');
		for (const text of shown) {
			await panel.getByText(text).or(failure).first().waitFor();
			if (await failure.isVisible()) throw new Error(`The node failed: ${await panel.innerText()}`);
		}
	}

	async showOutput(mode: 'schema' | 'table' | 'json'): Promise<void> {
		await this.id('output-panel').getByTestId(`radio-button-${mode}`).click();
	}

	/** Waits until messages that come and go are gone, so that a picture is the same each time. */
	async settle(): Promise<void> {
		for (const close of await this.page.locator('.el-notification__closeBtn').all()) await close.click().catch(() => undefined);
		await this.page.locator('.el-notification').first().waitFor({ state: 'hidden' });
		await this.page.mouse.move(5, 795);
	}
}
