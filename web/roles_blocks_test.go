package web_test

import "maps"

// withBlocks adds who may take the routes of saved blocks, and of the words for
// values of attributes.
func withBlocks(others map[string]string) map[string]string {
	maps.Copy(others, map[string]string{
		"GET /imports/attributes":             planners,
		"POST /imports/attributes":            planners,
		"GET /blocks":                         lookers,
		"POST /blocks/:block/rename":          planners,
		"POST /blocks/:block/remove":          planners,
		"GET /mailings/:mailing/blocks":       planners,
		"GET /imports/attributes/:attribute":  planners,
		"POST /imports/attributes/:attribute": planners,
	})
	return others
}
