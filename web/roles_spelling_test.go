package web_test

import "maps"

// withSpelling adds who may take the routes about words that dictionaries lack.
func withSpelling(others map[string]string) map[string]string {
	maps.Copy(others, map[string]string{
		"GET /mailings/:mailing/spelling":           lookers,
		"POST /mailings/:mailing/spelling":          planners,
		"GET /settings/labels/:label/words":         "admin",
		"POST /settings/labels/:label/words":        "admin",
		"POST /settings/labels/:label/words/remove": "admin",
	})
	return others
}
