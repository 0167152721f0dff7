package mailings

import (
	"slices"
	"strings"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/internal/fault/faulttest"
	"keur/mailings/schedules"
	"keur/mailings/schedules/schedulestest"
	"keur/templates"
	"keur/templates/lang"
)

// whole is a content of which nothing is wrong.
func whole(t *testing.T) Content {
	t.Helper()
	return Content{
		Label: LabelFacts{Name: "Spaarzegel", TimeZone: "Europe/Amsterdam", ImprintName: "Spaarzegel B.V.",
			ImprintAddress: "Keizersgracht 1"},
		Kind:     Newsletter,
		Subjects: []Subject{{Key: "a", Text: "De winterzon in", Weight: 1}},
		Sender:   Sender{Name: "Spaarzegel", Address: "acties@spaarzegel.example"},
		Template: Template{Format: templates.HTML, Source: "<p>{{placements}}</p>"},
		Placements: []Placement{
			{Key: "zon", CampaignID: 1, AdvertiserID: 4, Advertiser: "Zonvakantie", Campaign: "Winterzon", Category: "travel",
				VoucherPoolID: 9, URL: "https://zon.example"},
			{Key: "zee", CampaignID: 2, AdvertiserID: 4, Category: "travel"},
			{Key: "fiets", CampaignID: 3, AdvertiserID: 5, Category: "sport", VoucherPoolID: 9},
		},
		Schedule: schedules.Schedule{Kind: schedules.Once, At: schedulestest.Local(t, "2026-11-24T10:00")},
	}
}

func TestAContentNamesWhatIsWrongWithIt(t *testing.T) {
	t.Parallel()
	subjects := func(n int) (all []Subject) {
		for i := range n {
			all = append(all, Subject{Key: string(rune('a' + i)), Weight: 1})
		}
		return all
	}
	placements := func(n int) (all []Placement) {
		for i := range n {
			all = append(all, Placement{Key: "p" + string(rune('a'+i/20)) + string(rune('a'+i%20)), CampaignID: 1, AdvertiserID: 1})
		}
		return all
	}
	for name, c := range map[string]struct {
		change func(*Content)
		want   []string
	}{
		"nothing":                   {func(*Content) {}, nil},
		"no subject":                {func(c *Content) { c.Subjects = nil }, []string{"subjects"}},
		"ten subjects":              {func(c *Content) { c.Subjects = subjects(10) }, nil},
		"eleven subjects":           {func(c *Content) { c.Subjects = subjects(11) }, []string{"subjects"}},
		"the smallest weight":       {func(c *Content) { c.Subjects[0].Weight = 0 }, []string{"subjects[0].weight"}},
		"the largest weight":        {func(c *Content) { c.Subjects[0].Weight = 1000 }, nil},
		"a larger weight":           {func(c *Content) { c.Subjects[0].Weight = 1001 }, []string{"subjects[0].weight"}},
		"a key with a capital":      {func(c *Content) { c.Subjects[0].Key = "A" }, []string{"subjects[0].key"}},
		"a key twice":               {func(c *Content) { c.Subjects = append(c.Subjects, c.Subjects[0]) }, []string{"subjects[1].key"}},
		"a placement's key twice":   {func(c *Content) { c.Placements[1].Key = "zon" }, []string{"placements[1].key"}},
		"no campaign":               {func(c *Content) { c.Placements[2].CampaignID = 0 }, []string{"placements[2].campaign_id"}},
		"no advertiser":             {func(c *Content) { c.Placements[2].AdvertiserID = 0 }, []string{"placements[2].campaign_id"}},
		"a link by http":            {func(c *Content) { c.Placements[0].URL = "http://zon.example/x" }, nil},
		"a link to no page":         {func(c *Content) { c.Placements[0].URL = "mailto:zon@zon.example" }, []string{"placements[0].url"}},
		"a link to no host":         {func(c *Content) { c.Placements[0].URL = "https:///winter" }, []string{"placements[0].url"}},
		"a link that is none":       {func(c *Content) { c.Placements[0].URL = "https://zon.example:x" }, []string{"placements[0].url"}},
		"a solo of three":           {func(c *Content) { c.Kind = Solo }, []string{"placements"}},
		"a solo of none":            {func(c *Content) { c.Kind, c.Placements = Solo, nil }, []string{"placements"}},
		"a solo":                    {func(c *Content) { c.Kind, c.Placements = Solo, c.Placements[:1] }, nil},
		"a newsletter of none":      {func(c *Content) { c.Placements = nil }, []string{"placements"}},
		"of one":                    {func(c *Content) { c.Placements = c.Placements[:1] }, nil},
		"of forty":                  {func(c *Content) { c.Placements = placements(40) }, nil},
		"of more":                   {func(c *Content) { c.Placements = placements(41) }, []string{"placements"}},
		"our own, with a placement": {func(c *Content) { c.Kind = House }, []string{"placements"}},
		"our own":                   {func(c *Content) { c.Kind, c.Placements = House, nil }, nil},
		"a sender without address":  {func(c *Content) { c.Sender.Address = "Spaarzegel" }, []string{"sender.address"}},
		"a reply to an address":     {func(c *Content) { c.Sender.ReplyTo = "hallo@spaarzegel.example" }, nil},
		"a reply to none":           {func(c *Content) { c.Sender.ReplyTo = "hallo" }, []string{"sender.reply_to"}},
		"the largest source":        {func(c *Content) { c.Template.Source = strings.Repeat("x", 1<<20) }, nil},
		"a larger source":           {func(c *Content) { c.Template.Source = strings.Repeat("x", 1<<20+1) }, []string{"template.source"}},
		"no zone":                   {func(c *Content) { c.Label.TimeZone = "Mars/Olympus" }, []string{"label.time_zone"}},
		"a moment that is missing":  {func(c *Content) { c.Schedule.At = schedules.LocalTime{} }, []string{"schedule.at"}},
		"a day that never comes": {func(c *Content) { c.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 30 2 *"} },
			[]string{"schedule.cron"}},
		"a subject and the schedule": {func(c *Content) { c.Subjects, c.Schedule.Kind = nil, "" }, []string{"schedule.kind", "subjects"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content := whole(t)
			c.change(&content)
			err := content.Validate()
			if got := faulttest.Paths(err); !slices.Equal(got, c.want) {
				t.Errorf("wrong at %v, want %v", got, c.want)
			}
			looks := slices.DeleteFunc(slices.Clone(c.want), func(path string) bool {
				return strings.HasPrefix(path, "schedule") || strings.HasPrefix(path, "label")
			})
			if got := faulttest.Paths(content.ValidateAppearance()); !slices.Equal(got, looks) {
				t.Errorf("its appearance is wrong at %v, want %v", got, looks)
			}
		})
	}
}

func TestAContentListsWhatItPlaces(t *testing.T) {
	t.Parallel()
	c, none := whole(t), Content{Placements: []Placement{{Key: "a"}}}
	if got := c.Advertisers(); !slices.Equal(got, []int64{4, 5}) {
		t.Errorf("advertisers %v", got)
	}
	if got := c.Categories(); !slices.Equal(got, []string{"travel", "sport"}) {
		t.Errorf("categories %v", got)
	}
	if got := c.VoucherPools(); !slices.Equal(got, []int64{9}) {
		t.Errorf("voucher pools %v", got)
	}
	if got := none.VoucherPools(); len(got) != 0 {
		t.Errorf("of one without vouchers: %v", got)
	}
	if p, ok := c.Placement("zee"); !ok || p.CampaignID != 2 {
		t.Errorf("placement %+v", p)
	}
	if p, ok := c.Placement(c.Placements[0].Key); !ok || p.CampaignID != c.Placements[0].CampaignID {
		t.Errorf("the first placement is %+v", p)
	}
	if _, ok := c.Placement("niets"); ok {
		t.Error("it has a placement that it hasn't")
	}
}

func TestTermsAreWrittenAsPeopleSayThem(t *testing.T) {
	t.Parallel()
	for want, term := range map[string]Term{
		"fixed 5000 JPY": {Kind: "fixed", MinorUnits: 5000, Currency: "JPY"},
		"CPC 1.250 KWD":  {Kind: "CPC", MinorUnits: 1250, Currency: "KWD"},
		"CPS 8.00%":      {Kind: "CPS", BasisPoints: 800, Currency: "EUR"},
		"CPS 0.01%":      {Kind: "CPS", BasisPoints: 1, Currency: "EUR"},
		"CPC 0.25 EUR":   {Kind: "CPC", MinorUnits: 25, Currency: "EUR"},
		"CPL 12.05 EUR":  {Kind: "CPL", MinorUnits: 1205, Currency: "EUR"},
		"fixed 0.00 EUR": {Kind: "fixed", Currency: "EUR"},
	} {
		if got := term.String(); got != want {
			t.Errorf("%+v is written %s, want %s", term, got, want)
		}
	}
}

func TestTheDayIsTheLabels(t *testing.T) {
	t.Parallel()
	c := whole(t)
	for at, want := range map[string]string{"2026-11-23T22:59:00Z": "2026-11-23", "2026-11-23T23:00:00Z": "2026-11-24"} {
		if day, err := c.Day(utc(t, at)); err != nil || day.String() != want {
			t.Errorf("%s is on %s, want %s: %v", at, day, want, err)
		}
	}
	c.Label.TimeZone = "Mars/Olympus"
	if _, err := c.Day(utc(t, "2026-11-23T23:00:00Z")); !fault.Is(err, fault.Invalid) {
		t.Errorf("of a zone that isn't: %v", err)
	}
}

// Everything that a template can show of a content reaches it.
func TestATemplateGetsTheContent(t *testing.T) {
	t.Parallel()
	c := whole(t)
	c.Label = LabelFacts{Name: "Spaarzegel", Locale: "nl", ImprintName: "Spaarzegel B.V.", ImprintAddress: "Keizersgracht 1",
		PublicURL: "https://nl.example", Accent: "#0a6b5d"}
	c.Preheader, c.Fields = "Nu", map[string]lang.FieldType{"first_name": "text"}
	p := &c.Placements[0]
	p.HTML, p.Heading, p.Text, p.Button, p.CreativeURL, p.CreativeWidth, p.CreativeHeight, p.Alt = "<b>", "Zon", "Warm", "Boek",
		"https://nl.example/i/1", 600, 300, "strand"
	in := c.TemplateInput()
	if in.Format != templates.HTML || in.Source != c.Template.Source || in.Preheader != "Nu" || in.Fields["first_name"] != "text" ||
		in.Label.Name != "Spaarzegel" || in.Label.Locale != "nl" || in.Label.Imprint != "Spaarzegel B.V.\nKeizersgracht 1" ||
		in.Label.PublicURL != "https://nl.example" || in.Label.Accent != "#0a6b5d" {
		t.Errorf("%+v", in)
	}
	if len(in.Subjects) != 1 || in.Subjects[0].Key != "a" || in.Subjects[0].Text != "De winterzon in" {
		t.Errorf("subjects %+v", in.Subjects)
	}
	got := in.Placements[0]
	if got.Key != "zon" || got.CampaignID != 1 || got.Advertiser != "Zonvakantie" || got.Campaign["name"] != "Winterzon" ||
		got.Campaign["advertiser"] != "Zonvakantie" ||
		got.HTML != "<b>" || got.Heading != "Zon" || got.Text != "Warm" || got.Button != "Boek" || got.URL != "https://zon.example" ||
		!got.Voucher ||
		got.Picture.URL != "https://nl.example/i/1" || got.Picture.Width != 600 || got.Picture.Height != 300 ||
		got.Picture.Alt != "strand" {
		t.Errorf("placement %+v", got)
	}
	if in.Placements[1].Voucher {
		t.Error("a placement without a pool has a voucher")
	}
}

func TestTheFirstSlot(t *testing.T) {
	t.Parallel()
	now := utc(t, "2026-11-24T09:00:00Z") // 10:00 in Amsterdam
	at := func(text string) schedules.Schedule {
		return schedules.Schedule{Kind: schedules.Once, At: schedulestest.Local(t, text)}
	}
	from := func(text string) schedules.Schedule {
		return schedules.Schedule{Kind: schedules.Recurring, From: schedulestest.Local(t, text)}
	}
	for name, c := range map[string]struct {
		schedule schedules.Schedule
		want     string
		kind     fault.Kind
	}{
		"once":            {at("2026-11-24T10:01"), "2026-11-24T09:01:00Z", 0},
		"once, now":       {at("2026-11-24T10:00"), "2026-11-24T09:00:00Z", fault.Conflict},
		"from a time on":  {from("2026-11-24T10:01"), "2026-11-24T09:01:00Z", 0},
		"from now on":     {from("2026-11-24T10:00"), "", 0},
		"from no time on": {schedules.Schedule{Kind: schedules.Recurring}, "", 0},
	} {
		content := Content{Label: LabelFacts{TimeZone: "Europe/Amsterdam"}, Schedule: c.schedule}
		got, err := content.FirstSlot(now)
		if got.IsZero() != (c.want == "") || c.want != "" && !got.Equal(utc(t, c.want)) || (err != nil) != (c.kind != 0) ||
			err != nil && !fault.Is(err, c.kind) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	content := Content{Label: LabelFacts{TimeZone: "Mars/Olympus"}}
	if _, err := content.FirstSlot(now); !fault.Is(err, fault.Invalid) {
		t.Errorf("in no zone: %v", err)
	}
}

func utc(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
