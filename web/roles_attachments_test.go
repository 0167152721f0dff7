package web_test

import "maps"

// withAttachments adds who may take the routes about the files that go with mails.
func withAttachments(others map[string]string) map[string]string {
	maps.Copy(others, map[string]string{
		"GET /mailings/:mailing/attachments":                 lookers,
		"POST /mailings/:mailing/attachments":                planners,
		"GET /mailings/:mailing/brought/:hash":               lookers,
		"GET /mailings/:mailing/attachments/:number":         lookers,
		"POST /mailings/:mailing/attachments/:number/opened": "admin planner approver",
		"GET /approvals/:review/attachments/:number":         lookers,
		"POST /approvals/:review/attachments/:number/opened": "admin planner approver",
	})
	return others
}
