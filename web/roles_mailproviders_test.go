package web_test

// withMailProviders adds the pages of mailbox providers, which are for admins.
func withMailProviders(table map[string]string) map[string]string {
	for _, route := range []string{
		"GET /settings/mail-providers",
		"GET /settings/mail-providers/live",
		"GET /settings/mail-providers/new",
		"POST /settings/mail-providers/new",
		"GET /settings/mail-providers/rules",
		"POST /settings/mail-providers/rules",
		"GET /settings/mail-providers/rules/edit",
		"POST /settings/mail-providers/rules/restore",
		"GET /settings/mail-providers/warmups",
		"POST /settings/mail-providers/warmups",
		"POST /settings/mail-providers/warmups/end",
		"GET /settings/mail-providers/of/:name",
		"POST /settings/mail-providers/of/:name",
		"GET /settings/mail-providers/of/:name/live",
		"POST /settings/mail-providers/of/:name/restore",
		"POST /settings/mail-providers/of/:name/stop",
		"POST /settings/mail-providers/of/:name/resume",
		"POST /settings/mail-providers/of/:name/alarms",
		"POST /settings/mail-providers/of/:name/alarms/restore",
		"GET /settings/dmarc/:label",
		"POST /settings/dmarc/:label",
		"GET /alarms/:alarm",
		"POST /alarms/:alarm",
	} {
		table[route] = "admin"
	}
	table["GET /sends/:send/alarms/:alarm"], table["POST /sends/:send/alarms/:alarm"] = "admin planner approver", "admin planner approver"
	return table
}
