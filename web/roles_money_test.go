package web_test

import "maps"

// withMoney adds who may take the routes about networks and what comes back by them.
func withMoney(others map[string]string) map[string]string {
	maps.Copy(others, map[string]string{
		"GET /payments":                  "admin finance",
		"GET /payments/owed":             "admin finance",
		"GET /payments/new":              "admin finance",
		"POST /payments/new":             "admin finance",
		"GET /payments/:payment":         "admin finance",
		"POST /payments/:payment":        "admin finance",
		"POST /payments/:payment/remove": "admin finance",

		"GET /product-feeds":                            lookers,
		"GET /product-feeds/new":                        planners,
		"POST /product-feeds":                           planners,
		"GET /product-feeds/:productfeed":               lookers,
		"GET /product-feeds/:productfeed/live":          lookers,
		"POST /product-feeds/:productfeed":              planners,
		"POST /product-feeds/:productfeed/refresh":      planners,
		"POST /product-feeds/:productfeed/remove":       planners,
		"GET /products":                                 lookers,
		"GET /products/:product/picture":                lookers,
		"GET /mailings/:mailing/products":               planners,
		"GET /campaigns/:campaign/products":             lookers,
		"POST /campaigns/:campaign/products/:pick/keep": "admin planner approver",

		"GET /cases":                    servers,
		"GET /cases/rules":              planners,
		"POST /cases/rules/:connection": planners,
		"GET /members/:member/cases":    servers,
		"POST /members/:member/cases":   servers,
		"GET /cases/:case":              servers,
		"POST /cases/:case":             servers,
		"POST /cases/:case/claim":       servers,
		"POST /cases/:case/send":        servers,
		"POST /cases/:case/clear":       servers,
		"POST /cases/:case/decide":      servers,
		"POST /cases/:case/close":       servers,
		"POST /cases/:case/reopen":      servers,
		"POST /cases/:case/told":        servers,
		"POST /cases/:case/files":       servers,
		"GET /cases/:case/files/:file":  servers,

		"GET /earnings/open":     lookers,
		"GET /programmes":        lookers,
		"GET /listings/:listing": lookers,
		"GET /links":             lookers,
		"GET /links/:target":     lookers,

		"POST /links/:target/check":        planners,
		"POST /links/:target/sites":        planners,
		"POST /links/:target/sites/remove": planners,

		"GET /news":                     lookers,
		"POST /news/read":               lookers,
		"POST /news/:news/read":         lookers,
		"POST /news/:news/campaign":     planners,
		"POST /news/:news/mailing":      planners,
		"GET /earnings":                 lookers,
		"GET /transactions":             "admin planner approver finance",
		"GET /transactions/:conversion": "admin planner approver finance",

		"POST /transactions/:conversion/assign":     "admin planner finance",
		"POST /listings/:listing/answer":            "admin planner approver",
		"POST /programmes/read/:connection":         "admin planner",
		"GET /transactions/files":                   "admin planner finance",
		"GET /transactions/files/:connection":       "admin planner finance",
		"POST /transactions/files/:connection":      "admin planner finance",
		"POST /transactions/files/:connection/look": "admin planner finance",
		"POST /transactions/files/:connection/book": "admin planner finance",
	})
	return others
}
