package web_test

import "maps"

// withSeries adds who may take the routes of series.
func withSeries(all map[string]string) map[string]string {
	maps.Copy(all, map[string]string{
		"GET /series":                                lookers,
		"POST /series":                               planners,
		"GET /series/:series":                        lookers,
		"POST /series/:series/rename":                planners,
		"POST /series/:series/steps":                 planners,
		"POST /series/:series/steps/:mailing/moment": planners,
		"POST /series/:series/steps/:mailing/remove": planners,
		"POST /series/:series/pause":                 "admin planner approver",
		"POST /series/:series/resume":                "admin planner approver",
		"POST /series/:series/end":                   planners,
	})
	return all
}
