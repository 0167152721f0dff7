package web_test

import "maps"

// withWebhooks adds who may take the routes about what is told elsewhere.
func withWebhooks(others map[string]string) map[string]string {
	maps.Copy(others, map[string]string{
		"GET /settings/webhooks":                                    "admin",
		"GET /settings/webhooks/new":                                "admin",
		"POST /settings/webhooks/new":                               "admin",
		"GET /settings/webhooks/:webhook":                           "admin",
		"POST /settings/webhooks/:webhook":                          "admin",
		"POST /settings/webhooks/:webhook/rotate":                   "admin",
		"POST /settings/webhooks/:webhook/try":                      "admin",
		"POST /settings/webhooks/:webhook/enable":                   "admin",
		"POST /settings/webhooks/:webhook/remove":                   "admin",
		"POST /settings/webhooks/:webhook/replay":                   "admin",
		"GET /settings/webhooks/:webhook/messages/:message":         "admin",
		"POST /settings/webhooks/:webhook/messages/:message/replay": "admin",
	})
	return others
}
