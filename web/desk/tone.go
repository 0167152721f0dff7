package desk

import "fmt"

// tones give each state the one colour that it has everywhere; those that
// aren't here are quiet.
func tones() map[string]string {
	return map[string]string{
		"mailing_state in_review": "busy", "mailing_state changes_requested": "care", "mailing_state approved": "good",
		"mailing_state scheduled": "busy", "mailing_state done": "good", "send_state planned": "busy",
		"send_state preflight": "busy", "send_state freezing": "busy", "send_state sending": "busy",
		"send_state paused": "care", "send_state held": "bad", "send_state missed": "bad",
		"send_state finished": "good", "slot_state passed": "care", "request_state in_progress": "busy", "request_state waiting": "care",
		"request_state done": "good", "upload_state waits": "care", "upload_state running": "busy",
		"upload_state stopped": "bad", "import_state running": "busy", "import_state finished": "good",
		"import_state failed": "bad", "import_state cancelled": "care", "delivery_state queued": "busy",
		"delivery_state sending": "busy", "delivery_state sent": "good", "delivery_state deferred": "care",
		"delivery_state bounced": "bad", "delivery_state failed": "bad", "delivery_state lapsed": "care",
		"delivery_state in_doubt": "care", "verdict approved": "good", "verdict carried": "good",
		"verdict changes_requested": "care",
		"verdict pending":           "busy", "case_state open": "busy", "case_state claimed": "care", "case_state granted": "good",
		"case_state refused": "bad", "series_state going": "busy", "series_state paused": "care",
	}
}

// Tone returns the colour of a state: good, busy, care, bad or none.
func Tone(family string, state any) string { return tones()[fmt.Sprintf("%s %v", family, state)] }
