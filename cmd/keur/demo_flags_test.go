package main

import (
	"testing"
)

func TestTheDemoTakesNoHalfMeasures(t *testing.T) {
	t.Parallel()
	good := demoCommand{Members: 500}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for what, wrong := range map[string]demoCommand{
		"ten members": {Members: 10}, "a year of weeks": {Members: 500, Weeks: 52},
		"a part alone": {Members: 500, serveCommand: serveCommand{Only: []string{"web"}}},
	} {
		if err := wrong.Validate(); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
}
