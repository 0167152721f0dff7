package demo

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
)

// Product is something that a shop sells, as its feed has it.
type Product struct {
	Ref, Name, Text string
	Cents           int64
	Was             int64 // cents, before it was reduced; 0: it isn't
	Stock           int
	Sky             Color // of its picture
}

// How wide the picture of a product is, and is shown in a mail, in pixels.
const (
	productWidth = 600
	productShown = 300
)

// Feed is where the feed of an offer's products stands.
func (s *Shop) Feed(m *Market, o *Offer) string {
	return s.URL + strings.Replace(way(m, o), "/network/"+o.Network+"/", "/feed/", 1)
}

// Raise lets the first product of each feed cost an eighth more from now on.
func (s *Shop) Raise() { s.raised.Store(true) }

// seller is the offer of a shop that sells under a label.
func (s *Shop) seller(r *http.Request) (visited, bool) {
	for path, to := range s.offers {
		if strings.HasSuffix(path, "/"+r.PathValue("label")+"/"+r.PathValue("shop")) && len(to.offer.Products) > 0 {
			return to, true
		}
	}
	return visited{}, false
}

// feed writes what a shop sells as shops do for Google.
func (s *Shop) feed(w http.ResponseWriter, r *http.Request) {
	to, sells := s.seller(r)
	if !sells {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	file := csv.NewWriter(w)
	_ = file.Write(strings.Split("id,title,description,price,sale_price,link,image_link,stock", ","))
	for n, p := range to.offer.Products {
		price, sale, old := p.Cents, "", p.Was
		if n == 0 && s.raised.Load() {
			price += price / 8
		}
		if old > price {
			price, sale = old, euros(price)
		}
		picture := strings.Replace(s.Feed(to.market, to.offer), "/feed/", "/picture/", 1) + "/" + p.Ref
		_ = file.Write([]string{
			p.Ref, p.Name, p.Text, euros(price), sale, s.link(to.market, to.offer) + "?product=" + p.Ref, picture, fmt.Sprint(p.Stock),
		})
	}
	file.Flush()
}

func euros(cents int64) string { return fmt.Sprintf("%d.%02d EUR", cents/100, cents%100) }

// picture draws a product.
func (s *Shop) picture(w http.ResponseWriter, r *http.Request) {
	to, _ := s.seller(r)
	if to.offer != nil {
		for _, p := range to.offer.Products {
			if p.Ref != r.PathValue("product") {
				continue
			}
			if file, err := to.offer.Scene.PNG(productWidth, p.Sky, to.offer.Land); err == nil {
				w.Header().Set("Content-Type", "image/png")
				_, _ = w.Write(file)
				return
			}
		}
	}
	http.NotFound(w, r)
}
