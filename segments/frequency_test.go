package segments

import (
	"fmt"
	"testing"
	"time"

	"keur/internal/civil"
)

// Every period under every cap, over 60 occurrences and changes of the clock:
// whoever got an occurrence misses the next ones as long as the cap says, by
// days, and no longer. How late in the day mail leaves, how long it takes and
// by how much the program is late decides nothing.
func TestMailingsMeetTheirOwnPeriod(t *testing.T) {
	t.Parallel()
	const occurrences = 60
	caps := [][2]int{
		{1, 1}, {1, 2}, {2, 1}, {3, 2}, {6, 1}, {7, 1}, {7, 2}, {7, 3}, {7, 7}, {14, 1}, {14, 2}, {28, 4}, {30, 1}, {30, 4},
		{90, 3}, {90, 100}, {5, 2}, {10, 3}, {13, 5}, {31, 30},
	}
	all, midnight := []string{"00:00", "02:30", "23:59"}, []string{"00:00"}
	for name, clocks := range map[string][]string{
		"Europe/Amsterdam": all, "Africa/Cairo": all, "Australia/Lord_Howe": all,
		// Hours that miss or come twice at midnight, quarters of an hour, two hours at once, and the other side of the date line.
		"America/Havana": all, "Asia/Beirut": midnight, "Pacific/Chatham": midnight, "Antarctica/Troll": midnight, "Pacific/Apia": midnight,
		"Africa/Casablanca": midnight, "America/Scoresbysund": midnight, "Pacific/Kiritimati": midnight,
	} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, clock := range clocks {
			for period := 1; period <= 31; period++ {
				for _, c := range caps {
					s := series{zone: zone, period: period, days: c[0], atMost: c[1]}
					s.at, _ = civil.ParseTime(clock)
					if wrong := s.run(occurrences); wrong != "" {
						t.Errorf("every %d days at %s in %s, at most %d in %d days: %s", period, clock, name, c[1], c[0], wrong)
					}
				}
			}
		}
	}
}

// series is one mailing's occurrences, as one member gets them.
type series struct {
	zone                 *time.Location
	at                   civil.Time
	period, days, atMost int
}

// run says what is wrong with n occurrences.
func (s series) run(n int) string {
	first := civil.Date{Year: 2026, Month: time.February, Day: 20}
	type got struct {
		occurrence int
		send       countedSend
		left       time.Time
	}
	var all []got
	for k := range n {
		opens := first.AddDays(k*s.period).At(s.at, s.zone)
		days := NewCalendar(opens, s.zone).lastDays(s.days)
		counted, want := 0, 0
		for _, g := range all {
			if whole, late, any := days.counts(g.send); any && (whole || !g.left.Before(late)) {
				counted++
			}
			if (k-g.occurrence)*s.period < s.days {
				want++
			}
		}
		if counted != want {
			return fmt.Sprintf("at occurrence %d %d mails count, not %d", k, counted, want)
		}
		if counted >= s.atMost {
			continue
		}
		left := opens.Add(time.Duration(k*7919%(24*60*60-1)) * time.Second) // from at once to a day later
		finished := left.Add(time.Minute)
		all = append(all, got{k, countedSend{opens, s.zone, &finished}, left})
	}
	return ""
}

func TestWhatLeavesADayLateCountsWhenItLeaves(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	monday := time.Date(2026, 11, 23, 10, 0, 0, 0, zone)
	thursday := NewCalendar(monday.AddDate(0, 0, 3), zone)
	paused := countedSend{Opens: monday, Zone: zone}
	if whole, late, any := thursday.lastDays(1).counts(paused); whole || !any || !late.Equal(thursday.Start(thursday.today)) {
		t.Errorf("a paused send of Monday, on Thursday: %v %v %v", whole, late, any)
	}
	if whole, late, any := thursday.lastDays(3).counts(paused); whole || !any || !late.Equal(monday.AddDate(0, 0, 1)) {
		t.Errorf("within Tuesday to Thursday: %v %v %v", whole, late, any)
	}
	if whole, _, _ := thursday.lastDays(4).counts(paused); !whole {
		t.Error("within Monday to Thursday: not whole")
	}
	tuesday := monday.AddDate(0, 0, 1).Add(-time.Minute)
	paused.Finished = &tuesday
	if _, _, any := thursday.lastDays(3).counts(paused); any {
		t.Error("what left within a day counts on Monday alone")
	}
	// Of two labels each goes by its own clock: it was Tuesday in Apia.
	east, err := time.LoadLocation("Pacific/Apia")
	if err != nil {
		t.Fatal(err)
	}
	apia := countedSend{Opens: monday.Add(10 * time.Hour), Zone: east, Finished: &tuesday}
	if whole, _, _ := thursday.lastDays(3).counts(apia); !whole {
		t.Error("another label's day")
	}
}
