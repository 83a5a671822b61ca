// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of the YAML

/** The configurations of the documents that the project came from, as they stand there. */
export const seedConfigs = {
  "a new channel without code": `# Add new communication channel without touching code
enabled_plugins:
  - plugin_id: "whatsapp_business"
    enabled: true
    config:
      api_token: "\${WHATSAPP_TOKEN}"
      phone_number_id: "\${WHATSAPP_PHONE_ID}"
`,
  "three plugin paths": `# Complete plugin ecosystem configuration
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
  "the implementation guide": `# config/communication_plugins.yml
enabled_plugins:
  - plugin_id: "twilio_sms"
    config:
      account_sid: "\${TWILIO_SID}"
      auth_token: "\${TWILIO_TOKEN}"
      from_number: "\${TWILIO_FROM_NUMBER}"
`,
};

/** Their failover by priority, which leaves the settings out. */
export const seedFailover = `enabled_plugins:
  - plugin_id: "twilio_sms"
    priority: 1              # Primary
  - plugin_id: "vonage_sms"  
    priority: 2              # Failover
  - plugin_id: "custom_sms"
    priority: 3              # Internal backup
`;
