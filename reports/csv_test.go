package reports_test

import (
	"strings"
	"testing"

	"keur/reports"
)

// A file says of too few members what the page says, and no count, which zero
// would be.
func TestAFileTellsNoFewMembers(t *testing.T) {
	t.Parallel()
	few := reports.Outcome{Of: reports.Subject{Name: "Few"}, Sends: 1, Few: true}
	none := reports.Outcome{Of: reports.Subject{Name: "None"}, Sends: 1}
	var b strings.Builder
	if err := reports.WriteOutcomes(&b, []reports.Outcome{few, none}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if want := "Few,,,,,,,,,1,0,<20" + strings.Repeat(",", 22); lines[1] != want {
		t.Errorf("of a few it writes\n%s\nwant\n%s", lines[1], want)
	}
	if want := "None,,,,,,,,,1,0,0" + strings.Repeat(",0", 20) + ",,"; lines[2] != want {
		t.Errorf("of none it writes\n%s\nwant\n%s", lines[2], want)
	}
}
