import { expect, test } from "vitest";
import { seedConfigs } from "../support/seedConfigs.ts";
import { settingsOf } from "../support/settingsOf.ts";

const environment = {
  TWILIO_SID: "AC00000000000000000000000000000001",
  TWILIO_TOKEN: "0123456789abcdef0123456789abcdef",
  TWILIO_FROM_NUMBER: "+15005550006",
  WHATSAPP_TOKEN: "EAAG0123456789",
  WHATSAPP_PHONE_ID: "106540352242922",
};

test.each(Object.entries(seedConfigs))("the seeds' configuration is taken as it stands: %s", async (_, source) => {
  for (const { instance, checked } of await settingsOf(source, environment)) {
    const { config: settings = {} } = instance;
    expect(checked).toMatchObject(settings);
    expect(Object.values(settings).map(String)).toEqual(Object.keys(settings).map((name) => expectedValue(name)));
  }
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
