package demo

import (
	"fmt"
	"net/http"
	"path"
	"strings"

	"keur/networks"
	"keur/networks/simulators"
)

// bannersAt is where the networks' own pictures are.
const bannersAt = "/banners/"

// supply has the networks offer a banner, a text link and a code for each programme
// that they list, which lead to the shop.
func (t *Trade) supply(shop *Shop) {
	for _, a := range t.accounts {
		for _, o := range a.offered() {
			link := shop.link(a.market, o)
			for n, i := range []simulators.Item{
				{
					Kind: networks.Banner, Name: o.Alt, Width: BannerWidth, Height: BannerWidth * 2 / 5,
					Picture: "http://" + t.home + bannersAt + a.network + "/" + o.Ref + ".png",
				},
				{Kind: networks.TextLink, Name: o.Advertiser, Text: strings.TrimSpace(o.Advertiser + ": " + o.Button)},
				{Kind: networks.Code, Name: o.Advertiser + " 10%", Code: codeOf(o.Advertiser) + "10", Exclusive: true},
			} {
				if i.Name == "" {
					i.Name = o.Advertiser
				}
				i.Programme, i.Ref, i.Click = o.Ref, fmt.Sprint(o.Ref, n+1), link
				a.Supply(i)
			}
		}
	}
}

// codeOf is what codes of an advertiser begin with.
func codeOf(advertiser string) string {
	letters := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(advertiser))
	return letters[:min(len(letters), 8)]
}

// offered are the offers that the network lists.
func (a *account) offered() (all []*Offer) {
	for _, o := range append(a.market.Offers[:len(a.market.Offers):len(a.market.Offers)], a.market.Today...) {
		if o.Network == a.network {
			all = append(all, o)
		}
	}
	return all
}

// banner answers with the picture of an offer.
func (t *Trade) banner(w http.ResponseWriter, r *http.Request) {
	for _, a := range t.accounts {
		for _, o := range a.offered() {
			if r.URL.Path != bannersAt+a.network+"/"+o.Ref+".png" {
				continue
			}
			file, err := o.Scene.PNG(BannerWidth, o.Sky, o.Land)
			if err != nil {
				http.Error(w, path.Base(r.URL.Path), http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write(file)
			return
		}
	}
	http.NotFound(w, r)
}
