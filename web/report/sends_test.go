package report

import (
	"fmt"
	"strings"
	"testing"

	"keur/reports"
)

func TestClickMapMarksLinks(t *testing.T) {
	t.Parallel()
	mail := `<p><a href="https://a.example/?x=1&amp;y=2">A</a> <a href="https://b.example/">B</a> <a href="https://a.example/?x=1&amp;y=2">C</a></p>`
	links := []reports.Part{
		{Name: "https://a.example/?x=1&y=2", Counts: reports.Counts{ClicksUnique: 5}},
		{Name: "https://a.example/?x=1&y=2", Counts: reports.Counts{ClicksUnique: 3}},
	}
	got, err := markClicks([]byte(mail), links, 100, func(f float64) string { return fmt.Sprintf("%.0f%%", f*100) })
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(got), ">5%</span></a> <a") || !strings.Contains(string(got), ">3%</span></a>") ||
		strings.Count(string(got), "<span") != 2 {
		t.Errorf("%s", got)
	}
}
