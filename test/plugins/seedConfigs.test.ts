// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of the YAML
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { readConfig } from "../../core/config/readConfig.ts";
import { readManifest } from "../../core/plugins/readManifest.ts";
import { checkSettings } from "../../core/plugins/settings.ts";

const environment = {
  TWILIO_SID: "AC00000000000000000000000000000001",
  TWILIO_TOKEN: "0123456789abcdef0123456789abcdef",
  TWILIO_FROM_NUMBER: "+15005550006",
  WHATSAPP_TOKEN: "EAAG0123456789",
  WHATSAPP_PHONE_ID: "106540352242922",
};

/** The configurations of the documents that the project came from, as they stand there. */
const examples = {
  "a new channel without code": `
# Add new communication channel without touching code
enabled_plugins:
  - plugin_id: "whatsapp_business"
    enabled: true
    config:
      api_token: "\${WHATSAPP_TOKEN}"
      phone_number_id: "\${WHATSAPP_PHONE_ID}"
`,
  "three plugin paths": `
# Complete plugin ecosystem configuration
plugin_paths:
  - "plugins/communication"           # Local plugins
  - "/opt/dotmac/plugins"            # System-wide plugins
  - "~/.dotmac/plugins"              # User plugins

enabled_plugins:
  - plugin_id: "twilio_sms"
    config:
      account_sid: "\${TWILIO_SID}"   # Environment variables
      auth_token: "\${TWILIO_TOKEN}"
`,
  "the implementation guide": `
# config/communication_plugins.yml
enabled_plugins:
  - plugin_id: "twilio_sms"
    config:
      account_sid: "\${TWILIO_SID}"
      auth_token: "\${TWILIO_TOKEN}"
      from_number: "\${TWILIO_FROM_NUMBER}"
`,
};

test.each(Object.entries(examples))("the seeds' configuration is taken as it stands: %s", async (_, source) => {
  const config = readConfig({ file: "communication_plugins.yml", source }, { cwd: "/", home: "/home/me", environment });

  for (const { plugin_id, id, config: settings = {} } of config.instances) {
    const file = new URL(`../../plugins/${plugin_id}/manifest.yml`, import.meta.url);
    const { manifest } = readManifest(await readFile(file, "utf8"), "manifest.yml");

    const checked = await checkSettings(manifest, { id, config: settings });

    expect(checked).toMatchObject(settings);
    expect(Object.values(settings).map(String)).toEqual(Object.keys(settings).map((name) => expectedValue(name)));
  }
});

test("the seeds' failover by priority is taken as it stands", () => {
  const source =
    'enabled_plugins:\n  - plugin_id: "twilio_sms"\n    priority: 1              # Primary\n  - plugin_id: "vonage_sms"  \n    priority: 2              # Failover\n  - plugin_id: "custom_sms"\n    priority: 3              # Internal backup\n';

  const { instances } = readConfig({ file: "seed.yml", source }, { cwd: "/", home: "/home/me", environment });

  expect(instances.map(({ plugin_id, priority }) => [plugin_id, priority])).toEqual([
    ["twilio_sms", 1],
    ["vonage_sms", 2],
    ["custom_sms", 3],
  ]);
});

function expectedValue(name: string): string {
  const values: Record<string, string> = {
    account_sid: environment.TWILIO_SID,
    auth_token: environment.TWILIO_TOKEN,
    from_number: environment.TWILIO_FROM_NUMBER,
    api_token: environment.WHATSAPP_TOKEN,
    phone_number_id: environment.WHATSAPP_PHONE_ID,
  };
  return values[name] ?? "";
}
