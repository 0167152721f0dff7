package postgres

import "testing"

func TestComplaint(t *testing.T) {
	t.Parallel()
	for log, want := range map[string]string{
		"":            "",
		"all is well": "all is well",
		"LOG:  starting\nFATAL:  could not map memory\nLOG:  shut down": "FATAL:  could not map memory",
		"FATAL:  first\nPANIC:  second\nFATAL:  third":                  "PANIC:  second",
		"initdb: error: invalid locale\nremoving":                       "initdb: error: invalid locale",
		"FATAL:  could not write \"postmaster.pid\": No space left on device": "the disk is full; make room, and start again " +
			"(FATAL:  could not write \"postmaster.pid\": No space left on device)",
	} {
		if got := complaint([]byte(log)); got != want {
			t.Errorf("of %q: %q, want %q", log, got, want)
		}
	}
}
