"""Which words of an answer speak of a product, and which only carry the sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from retrieval.keyword.tokens import STOPWORDS
from retrieval.query.english import common, stem_all

_FREE = """
apa apu bhai bhaiya vai dada didi sir madam dear folks mate
left leave slot slots a about above according across actual actually add added adding additional after again against
ago ahead all almost along already also alternative alternatively although altogether always am among amount an and
another any anybody anyone anything apart are around as aside ask asked asking asks at available availability average
away back bargain based basic basis be because become been before behind being below beneath beside besides best
better between beyond big bigger biggest bit both bought brand bring brings budget but buy buyer buyers buying by call
called came can cannot care case cases catalogue catalog category certain certainly cheap cheaper cheapest check
choice choices choose chose chosen clear clearly close closely closest combine combined combines come comes
comfortable comfortably coming common compare compared compares comparing comparison complete considered considering
consider contain contains cost costing costlier costs could count counts cover covers currently customer customers cut
cuts day daily deal deals dear dearer decent decide deep default deliver delivers depend depending describe described
describes description deserve desire detail detailed details differ difference different differs discount discounted
discounts do does doing done down drop each earlier earn earned earns easily easy edge either else end enjoy enjoys
enough entire entirely entry equal equally especially essentially even ever every everybody everyday everyone
everything exact exactly example exceed exceeds excellent except expect expensive extra fact facts fair fairly fall
falls far favourite favorite feature featured features featuring feedback feel few fewer fewest final finally find
finds fine first fit fits fitting five following for four found from full fully further gap gave general generally get
gets getting give given gives giving go goes going good got great group had half handy happen happens happy has have
having held help helpful helps hence her here high higher highest highly his hit hold holding holds however i idea
ideal if impressive in inclusive included includes including include indeed information inside instead into is it item
items its itself job just keep keeping keeps kept key kind know known knows lack lacking lacks large larger largest
last later lead leads least leaves leaving less let level life like likely limit line list listed listing listings
lists little live long longer look looked looking looks lot love low lower lowest made main mainly make maker makes
making many mark marked market match matched matches matching matter may maybe mean means meet meeting meets mention
mentioned mentions mid middle might mind mine minimum model moderate modest money more moreover most mostly move much
must my name named namely names near nearby nearer nearest nearly neat necessary need needed needs neither never
nevertheless new next nice no nobody none nor normal normally not note noted notes nothing notice now number numbers
obvious occasion occasions of off offer offered offering offers often old on once one ones only onto open opens
opinion opt option options or order ordered orders ordinary original originally other others otherwise our ours out
outright over overall own owner owners pack paid pair part particular particularly past pay paying pays people percent
perfect perfectly performer perhaps person personal pick picked picking picks piece place places plain plenty plus
point points popular possible possibly practical prefer preferred present previous previously price priced prices
pricey pricier pricing probably product products proper properly provide provided provides providing purchase
purchased purpose purposes put puts quality quick quickly quite range ranges ranging rank ranked ranks rate rated
rates rather rating ratings reach reaches read readily real really reason reasonable reasonably recommend
recommendation recommended record recorded reduce reduced reduces reduction regarding regular regularly related
relatively reliable remain remaining remains reputation require requires respectable respectively rest result results
retail retails review reviewed reviewer reviewers reviews right roughly round run runs said sale sales same save saved
saves saving savings say saying says scale score scored scores scoring search second section see seem seems seen
select selected selection self sell seller sellers selling sells sensible separate serve serves several shade shades
share shared shares shop shopper shoppers shopping shops short shortlist should show showing shown shows side sides
similar simple simply since single sit sits six size sized sizes slight slightly small smaller smallest so sold solid
some somebody someone something sometimes somewhat soon sort sound source specific specifically specified specify
spend spending spot staff standard standards stand standing stands star starred stars start starting starts state
stated states stay stays steep step still stock stocked stop store stores strong stronger strongest such suggest
suggested suggestion suit suitable suitably suited suits sum summary supply support supports sure table tag take taken
takes taking tell tells ten terms than that the their them themselves then there therefore these they thing things
think third this those though three through throughout thus tier ties tied tie till time times to today together told
too top total tops touch toward towards track try turn turns two type typical typically ultimately under undercut
undercuts unit units unknown unless unlike until up upper upon us use used useful user users uses using usual usually
value valued values variant variants variety various version versions very via want wanted wants was way ways we well
went were what whatever when where whereas whether which whichever while who whole whom whose why wide wider will win
winner wins with within without won word words work works worth would year yes yet you your yours yourself zero
unrated unreviewed unbranded cents taka tk bdt rs usd dollars rupees euro euros bucks price-wise hundred thousand lakh
crore dozen unlisted silent unstated respective answer answers question gift beginners beginner everyone's home house
household use-case newcomer versatile attractive appealing affordable affordably economical wallet pocket-friendly
friendly pocket wise spare tight pleasant crowd strongly trusted approval approve approved praise praised rave raters
rater verdict votes vote voted voters satisfied satisfaction thumbs positive negative reception enthusiastic unanimous
glowing hardly barely merely slim narrow narrowly margin marginal marginally considerable considerably significant
significantly substantial substantially noticeably notably remarkable remarkably premium upmarket upscale splurge
stretch outlay figure figures sticker tagged pegged change coin pricetag double twice triple thrice quarter lightest
heaviest longest shortest lowest-priced runner runners runner-up pole leader leading trailing beat beats beating edges
trail trails outsell outsells outsold outdoes outranks rival rivals counterpart equivalent honest honestly frankly
basically straightforward obviously safe bet shout solution contender candidate candidates entry-level mid-range high-
end low- bracket territory region spectrum ceiling cap boundaries bounds criteria criterion condition conditions
requirement requirements specs spec specification specifications field fields attribute attributes label labelled
labeled tick ticks box boxes bill shipped ships ship dispatch located location hails carry carries carrying classed
classified filed categorised categorized belongs belong heading aisle shelf department presently moment right-now date
so-far colour colours color colors coloured colored hue hues tone tones tint finish finished finishes assorted
multiple couple handful trio quartet duo manufacturer manufactured produced produces producer made-by brand-name
branded brands vendor merchant outlet sku code codes id identifier reference serial model-number number-plate page
link linked sources cite cited citation evidence apparently evidently reportedly supposedly presumably naturally
understandably incidentally meanwhile furthermore additionally lastly secondly firstly thirdly hello hi hey thanks
thank please sorry afraid unfortunately sadly luckily fortunately happily cheerfully warm kindly welcome glad let's
here's there's it's that's what's who's don't doesn't isn't aren't wasn't weren't hasn't haven't hadn't can't couldn't
won't wouldn't shouldn't you'll you're you'd you've i'd i'll i'm i've we're we've they're they'd quote quotes quoted
written writes wrote reads reading advertised advertises advertise promises promise promised claims claim claimed
billed bills dubbed known-as aka alias titled entitled title titles measures measuring measure measured weighs
weighing weigh weight dimension dimensions length width height depth size-wise lasts lasting capacity powered power
runs-on boasts boast sports packs packing equipped equips comprises comprising consists consisting made-of crafted
constructed construction build built designed design designs intended meant aimed aiming targets target targeted
tailored catered caters cater style styled styles stylish look-wise fan fans enthusiasts enthusiast lover lovers
family families kids-friendly student students office workplace outdoor-indoor room rooms trip trips travel traveller
travellers weekend evening morning night season balance mix blend compromise tradeoff experience performance
convenience peace appeal flexibility freedom combination advantage advantages benefit benefits drawback drawbacks
downside downsides bonus punch charm character elegance elegant simplicity comfort pleasure fun joy delight luxury
luxurious bang buck mileage versatility reliability durability portability efficiency efficient effective effectively
performing performs reassurance confidence credentials upside catch caveat compromises corner corners flaw flaws issue
issues problem problems concern concerns worry worries thought thoughts impression impressions attention focus
emphasis aspect aspects element elements factor factors reasons merit merits strength strengths weakness weaknesses
lots load loads ample generous generously modestly sufficient sufficiently adequate adequately decently worthwhile
superb fantastic terrific wonderful amazing awesome outstanding exceptional brilliant lovely beautiful pretty gorgeous
charming cute cool fresh classic modern contemporary traditional trendy fashionable chic sleek compact roomy spacious
bulky hefty sturdy rugged tough robust delicate subtle bold vibrant vivid rich dark bright pale muted neutral
understated dressy formal casual commute commuting commuter errands exercise workout workouts jog jogging running walk
walking hiking cooking baking brewing boiling drinking eating sleeping gaming streaming listening watching learning
playing studying entertaining hosting wedding weddings party parties festival festive eid puja birthday birthdays
anniversary celebration celebrations ceremony guest guests crowds newcomers professionals professional amateur experts
expert hobbyist hobbyists commuters parents parent mother father mum dad wife husband sister brother friend friends
colleague colleagues teen teens teenagers toddler elderly seniors anyone's somebody's pros cons takeaway overview
recap rundown snapshot glance conclusion tip tips advice remark disclaimer reminder forward onward regardless
accordingly likewise similarly conversely comparatively chiefly partly plainly visibly quietly smoothly gently softly
nicely neatly safely securely wonders trick treat serving carefree hassle frills intuitive sweet bitter mood taste
tastes vibe appearance appear appears shape shapes form forms format kindness nature shoestring penny pennies pound
pounds dime rupee fortune bank purse packed loaded topped capped rounded rounds offset knock knocked slashed trimmed
shaved bumps bumped rises rise drops hovers hover lands landing clocks clocking topping averaging averages spread
spans span scattered mixed split desired advisable advised alone twin solo online offline nationwide locally arrives
arrive arrived arriving ready straight rely relies relying trust trusting depends hesitate notable noteworthy standout
upholstered upholstery seats breeze snap setup keeper mrp msrp rrp emi gst vat heads-up standby
""".split()

_FEATURES = """
waterproof watertight shockproof dustproof fireproof windproof splashproof rainproof soundproof leakproof rustproof
stainless steel jute cane rattan teak mahogany oak pine walnut mdf plywood resin clay terracotta goose feather
retinol paraben parabens sulphate sulfate cotton leather silk wool woollen linen denim polyester nylon velvet satin
chiffon georgette rayon
viscose fleece cashmere suede rubber plastic wood wooden bamboo glass ceramic porcelain marble granite aluminium
aluminum copper brass iron titanium chrome silicone foam bluetooth wireless wifi wi-fi cordless rechargeable solar
battery usb hdmi nfc gps lte touchscreen camera microphone speaker subwoofer remote foldable folding collapsible
adjustable detachable removable washable dishwasher microwave oven induction nonstick non-stick warranty guarantee
guaranteed guarantees refundable refund returns delivery shipping organic vegan halal gluten sugar-free caffeine
fragrance antibacterial hypoallergenic ergonomic lightweight heavyweight portable handheld handmade embroidered
embroidery printed striped floral checked plain-weave hooded hood zip zipper zipped buttons buttoned pockets
sleeveless sleeves collar elastic stretchy padded quilted lined lining insulated thermal breathable noise-cancelling
noise cancelling cancellation backlit backlight led oled amoled lcd retina curved mechanical automatic manual digital
analog analogue smart electric pneumatic hydraulic magnetic laser infrared ultraviolet inflatable reversible reusable
disposable biodegradable recyclable recycled eco-friendly scented unscented fragrant dimmable programmable timer alarm
thermostat filter lid strap charger cable adapter case pouch bag stand holder cover refill accessories certified
certification award awarded imported genuine authentic handcrafted vintage retro limited-edition limited exclusive
""".split()

_UNITS = (
    "hour hours hr hrs minute minutes min mins second seconds sec day days week weeks month months year years yr yrs "
    "person persons page pages level levels speed speeds degree degrees km mile miles amp amps way ways inch inches "
    "set sets piece pieces percent litre litres gram grams kilo metre metres watt watts volt volts"
).split()
_ENDINGS = re.compile(r"(?:[a-z]{3,}(?:proof|resistant|repellent|powered|coated|plated|lined|compatible))$")
_NAME = re.compile(r"(?<![.!?:।*“\"\n(|–—-])(?<![.!?:।*“\"(|–—-] )(?<=[\w,;'’)\]&] )([A-Z][\w’'-]*[\w])")
_PUNCT = str.maketrans("’‘", "''")


@lru_cache(maxsize=1)
def _free() -> frozenset[str]:
    words = {*_FREE, *STOPWORDS, *_UNITS} - set(_FEATURES)
    return frozenset(words | set(stem_all(sorted(words))))


@lru_cache(maxsize=1)
def _features() -> frozenset[str]:
    return frozenset(stem_all(_FEATURES)) | frozenset(_FEATURES)


@lru_cache(maxsize=65536)
def is_free(word: str) -> bool:
    """Tell whether a folded word says nothing that a product could lack."""
    return len(word) < 3 or word in _free() or stem_all([word])[0] in _free()


@lru_cache(maxsize=65536)
def is_feature(word: str) -> bool:
    """Tell whether a folded word names a material, a part or an ability, which a product has or has not."""
    return word in _features() or stem_all([word])[0] in _features() or bool(_ENDINGS.match(word))


@lru_cache(maxsize=65536)
def is_english(word: str) -> bool:
    """Tell whether a folded word is a common English one."""
    return not word.isascii() or common(word) or any(common(base) for base in _bases(word))


def _bases(word: str) -> Iterator[str]:
    """Yield what an inflected word may have been made from: "priciest" from "price" and "pricy"."""
    for ending in ("iest", "ier", "est", "er", "ness", "iness", "ish", "able", "less", "ful", "s", "ed", "ing", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            yield from (word[: -len(ending)] + end for end in ("", "e", "y"))


def capitalised(text: str) -> frozenset[str]:
    """Return the words, folded, that are written with a capital where no sentence begins."""
    return frozenset(match[1].casefold().translate(_PUNCT).removesuffix("'s") for match in _NAME.finditer(text))


FRAME = re.compile(
    r"\b(?:(?:woven|knitted|built|carved|cast|sewn|stitched|crafted|constructed|upholstered|coated|enriched|infused|"
    r"blended|bundled|fitted)\b[^.,;]{0,24}?\b(?:of|from|with|on|in)|along with|together with|"
    r"(?:filling|fill|fabric|material|body|frame|upper|outsole|sole|lining|shell|flavour|scent|fragrance|neckline|neck|"
    r"collar|strap|tabletop|legs|blades?|processor|chipset|connector|panel|coating|padding|upholstery)(?: is| are|:)"
    r"(?: made)?(?: of| from)?|tracks|monitors|detects|comes? with|includ(?:es?|ing)|featur(?:es?|ing)|equipped with|"
    r"made (?:of|from|out of|with)|"
    r"(?:has|have|having) (?:an?|its|the) |"
    r"offers?|supports?|boasts?|with (?:an? )?|provides?|powered by|built[\s-]in|filled with|crafted from|suitable for|"
    r"designed for|works with|compatible with|doubles as|contains?|packs?|it is (?:an? )?|"
    r"it’s (?:an? )?|it's (?:an? )?|"
    r"uses?|carries|stuffed with|lined with|gives its [^.,;]{1,30}? as)\s?"
)
"""What leads to a thing that a product is said to have or be."""
FRAME_END = re.compile(r"[.,;:!?()\x1f\ue000-\uf8ff]|\b(?:at|for|and is|while|but|which|that|so|because|from)\b")
"""Where such a thing is over."""
BY = re.compile(
    r"\b(?:made by|manufactured by|produced by|sold by|by|from the house of|from the brand|"
    r"of the brand|under the brand|brand(?: name)?(?:\sis|:)?|"
    r"seller(?:\sis|:)?|from the maker)\s+((?:[A-Z][\w'’&.-]*)(?:\s+(?:[A-Z][\w'’&.-]*|&|and(?=\s[A-Z]))){0,3})"
)
"""Who makes or sells it, as written; only names with a capital."""
MAKES = re.compile(
    r"(?:^|[.!?]\s+|,\s+|\*\*)([A-Z][\w’'-]+(?:\s[A-Z][\w’'-]+)?)(?:['’]s\s|\s(?:makes?|offers?|sells?|produces?)\b)"
)
"""A maker before what it makes."""
