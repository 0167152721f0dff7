package segment

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/segments"
	"keur/segments/explain"
	"keur/web/desk"
)

// versionsShown is how many versions of a segment a page lists.
const versionsShown = 10

// versionView is one version of a segment, and what it changed.
type versionView struct {
	Number int
	By     string
	At     time.Time
	Lines  []changedLine // of the rule, with what was added and removed
	Added  int
	Gone   int
}

// changedLine is a line of a rule's outline: as it was, added or gone.
type changedLine struct {
	explain.Line
	Change string // added, gone, or empty
}

// versionsOf lists the versions of a segment with the differences between them.
func (s *Screen) versionsOf(x *desk.Exchange, segment segments.Segment) (list []versionView, older string, err error) {
	page, err := s.Segments.Versions(x.Context(), segment.ID, paging.Ask{Limit: versionsShown, Cursor: x.Query("versions")})
	if err != nil || len(page.Items) == 0 {
		return nil, "", err
	}
	found := page.Items
	rules := make([]segments.Rule, 0, len(found)+1)
	for _, version := range found {
		rules = append(rules, version.Rule)
	}
	if last := found[len(found)-1].Version; last > 1 {
		before, err := s.Segments.AtVersion(x.Context(), segment.ID, last-1)
		if err != nil {
			return nil, "", err
		}
		rules = append(rules, before.Rule)
	}
	names, err := s.Audiences.Names(x.Context(), segment.LabelID, rules...)
	if err != nil {
		return nil, "", err
	}
	people := map[string]string{}
	for i, version := range found {
		var before []explain.Line
		if i+1 < len(rules) {
			before = explain.Outline(rules[i+1], names, x.Say.Locale)
		}
		by, err := s.personOf(x, version.CreatedBy, people)
		if err != nil {
			return nil, "", err
		}
		list = append(list, newVersionView(version, by, before, explain.Outline(version.Rule, names, x.Say.Locale)))
	}
	if page.Next != "" {
		older = x.Request.URL.Path + "?" + url.Values{"versions": {page.Next}}.Encode() + "#versions"
	}
	return list, older, nil
}

func newVersionView(version segments.Version, by string, before, after []explain.Line) versionView {
	view := versionView{Number: version.Version, By: by, At: version.CreatedAt, Lines: compareLines(before, after)}
	if before == nil { // the first: nothing was changed
		for i := range view.Lines {
			view.Lines[i].Change = ""
		}
	}
	for _, line := range view.Lines {
		switch line.Change {
		case "added":
			view.Added++
		case "gone":
			view.Gone++
		}
	}
	return view
}

// compareLines returns the lines of after, and among them those of before that
// are gone, by a longest common subsequence.
func compareLines(before, after []explain.Line) []changedLine {
	longest := make([][]int, len(before)+1)
	for i := range longest {
		longest[i] = make([]int, len(after)+1)
	}
	for i := len(before) - 1; i >= 0; i-- {
		for j := len(after) - 1; j >= 0; j-- {
			if before[i] == after[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	var lines []changedLine
	i, j := 0, 0
	for i < len(before) || j < len(after) {
		switch {
		case i < len(before) && j < len(after) && before[i] == after[j]:
			lines = append(lines, changedLine{after[j], ""})
			i, j = i+1, j+1
		case j == len(after) || i < len(before) && longest[i+1][j] >= longest[i][j+1]:
			lines = append(lines, changedLine{before[i], "gone"})
			i++
		default:
			lines = append(lines, changedLine{after[j], "added"})
			j++
		}
	}
	return slices.Clip(lines)
}

// personOf returns the name of who acted; known keeps those that were asked
// for before.
func (s *Screen) personOf(x *desk.Exchange, actor string, known map[string]string) (string, error) {
	if name, ok := known[actor]; ok {
		return name, nil
	}
	name := "Keur"
	if number, is := strings.CutPrefix(actor, "user:"); is {
		id, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return "", err
		}
		u, err := s.Accounts.Get(x.Context(), accounts.UserID(id))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return "", err
		}
		name = u.Name
	}
	known[actor] = name
	return name, nil
}
