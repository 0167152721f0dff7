// Package house proves, on every test run, that the code keeps to the shape it
// was drawn in: who imports whom, one comment per package, short files and
// functions. It reads the source and needs no build.
package house

import (
	"slices"
	"testing"
)

// rooms says what each room may import of ours, besides internal/ and whatever
// those rooms may import themselves. A folder within a room belongs to it,
// unless it has a row of its own.
var rooms = withScreens(map[string][]string{
	"changes":         {},
	"labels":          {"changes"},
	"accounts":        {"labels", "changes"},
	"members":         {"labels"},
	"members/imports": {"members"},
	"members/signups": {"members"},
	"templates": {"labels", "templates/faces", "templates/inboxes", "templates/lang", "templates/lint", "templates/markup",
		"templates/text", "templates/visible"},
	"templates/faces":      {"templates/lang"},
	"templates/lang":       {},
	"templates/inboxes":    {},
	"templates/lint":       {"templates/inboxes", "templates/lang", "templates/markup"},
	"templates/markup":     {},
	"templates/text":       {"templates/lang"},
	"templates/visible":    {"templates/lang"},
	"segments":             {"members"},
	"segments/columns":     {"segments"},
	"segments/explain":     {"segments", "templates/lang"},
	"authors":              {"accounts"},
	"campaigns":            {"labels", "accounts", "authors", "changes"},
	"campaigns/targets":    {"campaigns"},
	"networks":             {"campaigns"},
	"networks/material":    {"networks"},
	"networks/news":        {"networks", "networks/material", "networks/programmes"}, // its tests read what these tell of
	"networks/products":    {"networks", "networks/material"},
	"networks/programmes":  {"networks"},
	"conversions":          {"networks", "tracking"},
	"conversions/claims":   {"conversions"},
	"conversions/payments": {"conversions"},
	"mailings": {"authors", "campaigns", "mailings/attachments", "mailings/schedules", "networks/products", "segments",
		"templates"},
	"mailings/attachments": {"labels"},
	"mailings/blocks":      {"mailings", "networks/material", "networks/products"},
	"mailings/schedules":   {"labels"},
	"mailings/series":      {"mailings"},
	"mailings/spelling":    {"labels", "mailings", "templates"},
	"requests":             {"accounts"},
	"webhooks":             {"approval", "delivery"},
	"approval": {"campaigns/targets", "approval/carried", "approval/letters", "approval/permitted", "approval/policies", "approval/shown",
		"mailings", "mailings/blocks"},
	"approval/permitted":    {"campaigns/targets", "mailings", "networks/material", "networks/products", "networks/programmes"},
	"approval/anchors":      {"approval"},
	"approval/carried":      {"approval/shown", "mailings"},
	"approval/certificates": {"approval"},
	"approval/letters":      {"mailings"},
	"approval/policies":     {"mailings"},
	"approval/shown":        {"mailings"},
	"tracking":              {"mailings", "members", "changes"},
	"delivery":              {"mailings", "members", "templates", "tracking"},
	"delivery/worker":       {"delivery"},
	"delivery/direct":       {"delivery/mx", "delivery/smtp"},
	"delivery/mx":           {},
	"delivery/smtp":         {"delivery"},
	"delivery/smtp/trial":   {"delivery/direct", "delivery/smtp", "delivery/worker"},
	"scheduler":             {"approval", "campaigns/targets", "mailings", "mailings/series", "segments", "delivery"},
	"reports":               {"campaigns", "mailings", "mailings/series", "tracking", "conversions"},
	"api":                   {anyRoom, "api/rest"},
	"api/rest":              {anyRoom},
	"web":                   {anyRoom, "web/desk"},
	"web/desk":              {anyRoom},
	"web/webtest":           {anyRoom, "web", "web/desk"},
	"public":                {anyRoom},
	"demo":                  {anyRoom, "api", "public"}, // its tests open these servers
	"cmd":                   {anyRoom, "api", "web", "public", "demo", "docs", "migrations"},
	"docs":                  {"templates/lang"},
	"migrations":            {},
	"scripts":               {}, // shell, with its tests
	"internal":              {},
})

// screens are the folders of web that show pages. They share the desk's kit,
// and only web, which wires them, knows them all.
var screens = []string{
	"account", "alarm", "approval", "attachment", "calendar", "campaign", "claim", "connection", "dmarc", "earning", "imports", "link",
	"mailing", "mailinglist", "mailprovider", "member", "payment", "policy", "product", "programme", "report", "request", "revision",
	"search", "segment", "settings", "styleguide", "template", "today", "trail", "webhook",
}

// resources are the folders of api that hold operations, as screens are web's.
var resources = []string{"advertising", "affiliate", "approving", "audience", "mailing", "sending", "setup"}

func withScreens(rooms map[string][]string) map[string][]string {
	for _, screen := range screens {
		rooms["web/"+screen] = []string{anyRoom, "web/desk"}
		rooms["web"] = append(rooms["web"], "web/"+screen)
	}
	for _, resource := range resources {
		rooms["api/"+resource] = []string{anyRoom, "api/rest"}
		rooms["api"] = append(rooms["api"], "api/"+resource)
	}
	return rooms
}

// anyRoom stands for all rooms that hold the domain: not the servers, which
// never import each other, and not migrations, which only cmd applies.
const anyRoom = "any room"

var notDomain = []string{"api", "web", "public", "demo", "cmd", "docs", "migrations", "scripts", "internal"}

// guests names what only some rooms may import from outside, so that the rest
// of the house doesn't depend on it.
var guests = map[string][]string{
	"github.com/wneessen/go-mail":    {"delivery/smtp"},
	"github.com/emersion/go-smtp":    {"internal"},
	"github.com/miekg/dns":           {"delivery/mx", "internal"},
	"github.com/dop251/goja":         {"internal"},
	"github.com/robfig/cron":         {"mailings/schedules"},
	"github.com/gin-gonic/gin":       {"api", "web/desk", "public"},
	"github.com/danielgtaylor/huma":  {"api", "public"},
	"github.com/pressly/goose":       {"migrations"},
	"github.com/alecthomas/kong":     {"cmd"},
	"github.com/schollz/progressbar": {"cmd"},
	"github.com/yuin/goldmark":       {"docs"},
	"github.com/chromedp":            {"web"},
	"codeberg.org/go-pdf/fpdf":       {"approval/certificates", "internal"},
	"github.com/xuri/excelize":       {"internal"},
	"go.opentelemetry.io":            {"internal"},
}

// The ceilings; comfort is 250 and 40.
const (
	maxFile     = 400
	maxFunction = 60
)

func TestHouse(t *testing.T) {
	t.Parallel()
	sources, err := read("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) == 0 {
		t.Fatal("found no source: is the house test where it was?")
	}
	for _, s := range sources {
		for _, complaint := range slices.Concat(s.imports(), s.groups(), s.lengths()) {
			t.Error(complaint)
		}
	}
	for _, complaint := range slices.Concat(comments(sources), ceilings(sources)) {
		t.Error(complaint)
	}
}
