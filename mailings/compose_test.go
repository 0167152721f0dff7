package mailings_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"slices"
	"testing"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/mailingstest"
	"keur/mailings/schedules"
	"keur/templates"
)

// TestAContentHoldsWhatTheBriefNames composes a brief that names all there is,
// and reads it back as a brief.
func TestAContentHoldsWhatTheBriefNames(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	as := mailingstest.As(w.Maker)
	stored, creatives, vouchers := templates.NewStore(w.DB), campaigns.NewCreatives(w.DB), campaigns.NewVouchers(w.DB)
	b := w.Brief(t, slot)
	template, err := stored.Create(as, templates.Template{LabelID: w.Label.ID, Name: "Basis", Format: templates.HTML,
		Source: b.Template.Source})
	noError(t, err)
	_, err = stored.Update(as, template.ID, func(t *templates.Template) error { t.Source += "\n"; return nil })
	noError(t, err)
	programme, err := w.Advertisers.AddProgramme(as, campaigns.Programme{
		AdvertiserID: w.Advertiser.ID, Network: "awin", Ref: "1234", Live: true, EmailAllowed: true,
	})
	noError(t, err)
	cpc, code := int64(25), "ZON"
	_, err = w.Campaigns.Update(as, w.Campaign.ID, func(c *campaigns.Campaign) error {
		c.ProgrammeID, c.Deals = &programme.ID, append(c.Deals, campaigns.Deal{Kind: campaigns.CPC, MinorUnits: &cpc, Note: "first week"})
		return nil
	})
	noError(t, err)
	pool, err := vouchers.Create(as, campaigns.Pool{CampaignID: w.Campaign.ID, Name: "Zon", SharedCode: &code})
	noError(t, err)
	var banner bytes.Buffer
	noError(t, png.Encode(&banner, image.NewGray(image.Rect(0, 0, 1200, 400))))
	creative, err := creatives.Put(as, banner.Bytes())
	noError(t, err)
	_, err = creatives.Attach(as, w.Campaign.ID, campaigns.Use{Hash: creative.Hash, Alt: "strand"})
	noError(t, err)
	b.Template = mailings.BriefTemplate{ID: int64(template.ID), Version: 1}
	b.Placements[0].VoucherPoolID, b.Placements[0].Creative = int64(pool.ID), creative.Hash.String()
	b.Placements[0].Gmail, b.Placements[0].GmailOffer = true, "20% korting"
	b.Placements[0].URL = " www.zonvakantie.example/actie?id=1&region=nl"

	m, err := w.Mailings.Create(as, w.Label.ID, "Winterzon solo", mailings.Solo)
	noError(t, err)
	content, err := w.Composer.Compose(as, &m, b)
	noError(t, err)
	if content.Template.Version != 1 || content.Template.Source != template.Source || content.Fields["first_name"] != "text" ||
		content.Label.Name != "Spaarzegel" || content.Label.ImprintAddress != w.Label.ImprintAddress ||
		content.Sender.Address != "acties@spaarzegel.example" {
		t.Errorf("%+v", content)
	}
	p := content.Placements[0]
	if p.Advertiser != "Zonvakantie" || p.Campaign != "Winterzon" || p.Category != "travel" || p.ProgrammeID != int64(programme.ID) ||
		p.Network != "awin" ||
		p.SubIDParameter != programme.Parameter() || p.Alt != "strand" || p.CreativeURL != w.Label.PublicURL+"/i/"+p.Creative ||
		p.CreativeWidth != 600 || p.CreativeHeight != 200 || p.URL != "https://www.zonvakantie.example/actie?id=1&region=nl" ||
		!slices.Equal(p.Terms, []mailings.Term{{Kind: "CPS", BasisPoints: 800, Currency: "EUR"},
			{Kind: "CPC", MinorUnits: 25, Currency: "EUR", Note: "first week"}}) {
		t.Errorf("%+v", p)
	}
	told := mailings.Gmail{
		Offered:     mailings.Offered{Code: "ZON", Starts: "2026-11-23T00:00:00+01:00", Ends: "2026-12-23T23:59:59+01:00"},
		PictureType: "image/png", PictureWidth: 1200, PictureHeight: 400,
	}
	if p.GmailOffer != "20% korting" || p.Gmail == nil || *p.Gmail != told {
		t.Errorf("Gmail is told %+v", p.Gmail)
	}
	again, err := w.Composer.Brief(as, &m, &content)
	noError(t, err)
	if !again.Placements[0].Gmail || again.Placements[0].GmailOffer != "20% korting" {
		t.Errorf("of what Gmail is told there is left %+v", again.Placements[0])
	}
	if again.Template != b.Template || again.SenderID != w.Label.Senders[0].ID || again.Placements[0].Width != 600 ||
		again.Placements[0].VoucherPoolID != int64(pool.ID) {
		t.Errorf("%+v", again)
	}
	recomposed, err := w.Composer.Compose(as, &m, again)
	noError(t, err)
	if found := mailings.Differences(&content, &recomposed); len(found) > 0 {
		t.Errorf("composed again, it differs in %v", found)
	}
	b.Placements[0].Width = 300
	b.Template.Version = 0
	if content, err = w.Composer.Compose(as, &m, b); err != nil || content.Placements[0].CreativeHeight != 100 ||
		content.Template.Version != 2 {
		t.Errorf("%+v, %v", content.Placements[0], err)
	}
}

func TestABriefNamesOnlyWhatIsThere(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	as := mailingstest.As(w.Maker)
	other := w.Label
	other.ID, other.Code, other.Name, other.ListID, other.BounceDomain, other.Version = 0, "de", "Sparmarke", "post.sparmarke.example",
		"bounce.sparmarke.example", 0
	german, err := w.Labels.Create(as, other)
	noError(t, err)
	theirs, err := templates.NewStore(w.DB).Create(as, templates.Template{LabelID: german.ID, Name: "Basis", Format: templates.HTML,
		Source: "x"})
	noError(t, err)
	campaign := w.Campaign
	campaign.ID, campaign.Name = 0, "Andere"
	another, err := w.Campaigns.Create(as, campaign)
	noError(t, err)
	code := "ANDER26"
	pool, err := campaigns.NewVouchers(w.DB).Create(as, campaigns.Pool{CampaignID: another.ID, Name: "Ander", SharedCode: &code})
	noError(t, err)
	m, err := w.Mailings.Create(as, w.Label.ID, "Winterzon solo", mailings.Solo)
	noError(t, err)
	foreign := w.Brief(t, slot)
	foreign.Placements[0].VoucherPoolID, foreign.Placements[0].Gmail = int64(pool.ID), true
	if c, err := w.Composer.Appearance(as, &m, foreign); !fault.Is(err, fault.Invalid) || c.Placements[0].Gmail.Code != "" ||
		len(c.VoucherPools()) > 0 {
		t.Errorf("the codes of another campaign, which may be another label's: %+v, %v", c.Placements[0], err)
	}
	for want, change := range map[string]func(*mailings.Brief){
		"sender_id":                     func(b *mailings.Brief) { b.SenderID = 99 },
		"template":                      func(b *mailings.Brief) { b.Template = mailings.BriefTemplate{} },
		"template.id":                   func(b *mailings.Brief) { b.Template = mailings.BriefTemplate{ID: int64(theirs.ID)} },
		"placements[0].campaign_id":     func(b *mailings.Brief) { b.Placements[0].CampaignID = 99 },
		"placements[0].voucher_pool_id": func(b *mailings.Brief) { b.Placements[0].VoucherPoolID = 99 },
		"placements[0].creative":        func(b *mailings.Brief) { b.Placements[0].Creative = "00" },
	} {
		b := w.Brief(t, slot)
		change(&b)
		content, err := w.Composer.Compose(as, &m, b)
		var f *fault.Error
		if !errors.As(err, &f) || len(f.Details) != 1 || f.Details[0].Path != want {
			t.Errorf("wrong at %v, want %s", err, want)
		}
		if content.Schedule.Kind != schedules.Once || len(content.Placements) != 1 {
			t.Errorf("%s: the rest of the content is missing: %+v", want, content)
		}
	}
	b := w.Brief(t, slot)
	b.Audience.Segments[0].ID = 99
	if _, err := w.Composer.Compose(as, &m, b); !fault.Is(err, fault.Invalid) {
		t.Errorf("of a segment that isn't there: %v", err)
	}
	m.LabelID = german.ID
	if _, err := w.Composer.Compose(as, &m, w.Brief(t, slot)); !fault.Is(err, fault.Invalid) {
		t.Errorf("of another label's campaign: %v", err)
	}
}

// TestAContentHoldsTheLabelsOwnPartials: in their newest version, with those that
// they include, and nothing of another label.
func TestAContentHoldsTheLabelsOwnPartials(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	as, stored := mailingstest.As(w.Maker), templates.NewStore(w.DB)
	other := w.Label
	other.ID, other.Code, other.Name, other.ListID, other.BounceDomain, other.Version = 0, "de", "Sparmarke", "post.sparmarke.example",
		"bounce.sparmarke.example", 0
	german, err := w.Labels.Create(as, other)
	noError(t, err)
	add := func(label labels.ID, kind templates.Kind, name, source string) templates.Template {
		made, err := stored.Create(as, templates.Template{LabelID: label, Kind: kind, Name: name, Format: templates.MJML, Source: source})
		noError(t, err)
		return made
	}
	foot := add(w.Label.ID, templates.Partial, "Voet", "<mj-text>oud</mj-text>")
	_, err = stored.Update(as, foot.ID, func(t *templates.Template) error { t.Source = `<mj-include path="Zin"/>`; return nil })
	noError(t, err)
	add(w.Label.ID, templates.Partial, "Zin", "<mj-text>tot ziens</mj-text>")
	add(w.Label.ID, templates.Partial, "Los", "<mj-text>nooit</mj-text>")
	add(w.Label.ID, templates.Mail, "Brief", "<mj-text>een hele mail</mj-text>")
	add(german.ID, templates.Partial, "Gruß", "<mj-text>bis bald</mj-text>")
	b := w.Brief(t, slot)
	b.Template = mailings.BriefTemplate{Format: templates.MJML, Source: `<mjml><mj-body><mj-section><mj-column>` +
		`<mj-include path="Voet"/><mj-include path="Brief"/><mj-include path="Gruß"/></mj-column></mj-section></mj-body></mjml>`}
	m, err := w.Mailings.Create(as, w.Label.ID, "Winterzon solo", mailings.Solo)
	noError(t, err)
	content, err := w.Composer.Compose(as, &m, b)
	noError(t, err)
	held := content.Template.Partials
	if len(held) != 2 || held[0].Name != "Voet" || held[0].Version != 2 || held[1].Source != "<mj-text>tot ziens</mj-text>" {
		t.Errorf("held %+v", held)
	}
	_, findings, _, err := content.Compile(as, w.Compiler)
	missing := 0
	for _, f := range findings {
		if f.Message.Key == "templates.include_missing" {
			missing++
		}
	}
	if !fault.Is(err, fault.Invalid) || missing != 2 {
		t.Errorf("of another kind and another label: %v, %+v", err, findings)
	}
	later := content
	later.Template.Partials = []mailings.Partial{held[0], {Name: "Zin", Source: "<mj-text>dag</mj-text>"}}
	if found := mailings.Differences(&content, &later); len(found) != 1 || found[0] != (mailings.Difference{What: "partial", Of: "Zin"}) {
		t.Errorf("differs in %v", found)
	}
	b.Template = mailings.BriefTemplate{ID: int64(foot.ID)}
	if _, err := w.Composer.Compose(as, &m, b); !fault.Is(err, fault.Invalid) {
		t.Errorf("a mailing begins with a partial: %v", err)
	}
}

func TestAMailingBeginsWithAWorkingCopy(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	as := mailingstest.As(w.Maker)
	bench := mailings.NewWorkbench(w.Mailings, w.Composer)
	m, err := bench.Begin(as, mailings.Mailing{LabelID: w.Label.ID, Name: "Winterzon", Kind: mailings.Solo}, w.Brief(t, slot), w.Maker.ID)
	noError(t, err)
	copied, err := bench.Open(as, &m)
	if err != nil || copied.Version != 1 || copied.BasedOn != 0 || copied.Brief.Placements[0].Key != "zon" {
		t.Fatalf("%+v, %v", copied, err)
	}
	if err := bench.Discard(as, m.ID, 7); !fault.Is(err, fault.Conflict) {
		t.Errorf("another version was discarded: %v", err)
	}
	noError(t, bench.Discard(as, m.ID, copied.Version))
	if copied, err = bench.Open(as, &m); err != nil || copied.Changed() || len(copied.Brief.Placements) > 0 {
		t.Errorf("%+v, %v", copied, err)
	}
	if _, _, err := bench.Save(as, m, 0, w.Maker.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("nothing was saved: %v", err)
	}
	noError(t, bench.Rebase(as, m.ID)) // of no copy
	_, err = w.Mailings.Update(as, m.ID, func(m *mailings.Mailing) error { return m.MoveTo(mailings.Cancelled) })
	noError(t, err)
	if _, err := bench.Change(as, m, mailings.ContentPart, 0, w.Maker.ID, say("x")); !fault.Is(err, fault.Conflict) {
		t.Errorf("a mailing that was cancelled is edited: %v", err)
	}
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
