"""Invented products of several kinds of shop, some with untidy fields, and what questions find among them."""

from __future__ import annotations

from answering.records import Card, Evidence, Question
from retrieval.records import Filters, Product

EARBUDS = Product(
    "e1",
    "Sonavo AirBeat Pro True Wireless Earbuds (ANC, 30 Hrs, IPX5)",
    category="audio",
    brand="Sonavo",
    sku="SNV-ABP-01",
    url="https://shop.example.com/e1",
    price=2499.0,
    currency="INR",
    original_price=4999.0,
    discount=50.0,
    rating=4.3,
    rating_count=8_412,
    sales=15_200,
    colors=("Carbon Black", "Ivory White"),
    seller="Sonavo Flagship Store",
    description="Active noise cancellation up to 32 dB. 6 hours per charge, 30 hours with the case. Bluetooth 5.3, "
    "range of 10 m. USB-C: ten minutes give two hours of music. Splashes and sweat do them no harm. Touch controls.",
    attributes={"Driver": "11 mm", "Weight": "4.2 g per bud", "Warranty": "1 Year", "Microphones": "4"},
)
SPEAKER = Product(
    "e2",
    "Bumbox Mini Portable Speaker 10W RMS",
    category="audio",
    brand="Bumbox",
    sku="BX-M10",
    url="https://shop.example.com/e2",
    price=1299.0,
    currency="INR",
    original_price=1599.0,
    rating=4.0,
    rating_count=967,
    sales=2_050,
    colors=("Teal", "Red", "Grey"),
    seller="Raga Electronics",
    description="Small enough for a palm. Plays 8 hrs at half volume. Reads microSD cards up to 32GB, has an AUX "
    "socket and FM radio. Not waterproof.",
    attributes={"Output": "10 W", "Battery": "1800 mAh", "Dimensions": "9 x 9 x 5 cm", "Weight": "250 g"},
)
TABLET = Product(
    "e3",
    'Vidyut Tab 10 LTE (4GB/64GB) 10.1" FHD Display, 7000 mAh',
    category="tablets",
    brand="Vidyut",
    sku="VT10-LTE-464",
    url="https://shop.example.com/e3",
    price=11_990.0,
    currency="INR",
    rating=3.8,
    rating_count=143,
    colors=("Slate Grey",),
    seller="Raga Electronics",
    description="Takes a nano SIM and calls like a phone. 8 MP at the back, 5 MP in front. Charges at 18 W.",
    attributes={"RAM": "4 GB", "Storage": "64 GB", "Screen": "10.1 inches", "OS": "Android 14"},
)
CABLE = Product(
    "e4",
    "Type-C to C cable 100W 2m braided nylon FAST!!",
    category="cables",
    brand="No Brand",
    url="https://shop.example.com/e4",
    price=349.0,
    price_max=499.0,
    currency="INR",
    rating=None,
    rating_count=0,
    colors=("Not specified",),
    sizes=("1m", "2m"),
    description="E-marker chip. Input 100-240 V adapters all fine. Data at 480 Mbps.",
)

RICE = Product(
    "g1",
    "Shonar Math Kataribhog Rice (Aromatic) 5kg",
    category="rice",
    brand="Shonar Math",
    sku="SM-KB-5",
    url="https://shop.example.com/g1",
    price=720.0,
    currency="BDT",
    rating=4.6,
    rating_count=318,
    sales=4_100,
    seller="Haat Bazaar",
    description="Short fragrant grain from Dinajpur, new harvest. Soak for twenty minutes before cooking.",
    attributes={"Net weight": "5 kg", "Type": "Kataribhog", "Origin": "Dinajpur", "Shelf life": "12 months"},
)
OIL = Product(
    "g2",
    "Khamar Cold Pressed Mustard Oil 1 Ltr",
    category="cooking oil",
    brand="Khamar",
    sku="KH-MO-1000",
    url="https://shop.example.com/g2",
    price=310.0,
    currency="BDT",
    original_price=340.0,
    rating=4.8,
    rating_count=1_092,
    sales=9_870,
    seller="Haat Bazaar",
    description="Pressed in a wooden ghani, no preservatives. Glass bottle.",
    attributes={"Volume": "1 L", "Shelf life": "9 months"},
)
TEA = Product(
    "g3",
    "Nilgai Green Tea with Tulsi, 50 Tea Bags",
    category="tea",
    brand="Nilgai",
    sku="NG-GT-50",
    url="https://shop.example.com/g3",
    price=265.0,
    currency="BDT",
    rating=4.1,
    rating_count=76,
    sales=530,
    seller="Srimangal Tea Cabin",
    description="Green leaf with holy basil. Brew at 80 °C for three minutes. Each bag has 1.5 g.",
    attributes={"Count": "50 bags", "Net weight": "75 g"},
)
HONEY = Product(
    "g4",
    "Sundarban Khalisha Honey Raw 500gm",
    category="honey",
    brand="Bonmou",
    price=890.0,
    url="https://shop.example.com/g4",
    currency="BDT",
    rating=None,
    rating_count=None,
    seller="Bonmou",
    description="Collected by mawalis in April. It may crystallise.",
    attributes={"Net weight": "500 g"},
)

GADGETS = (EARBUDS, SPEAKER, TABLET, CABLE)
GROCERIES = (RICE, OIL, TEA, HONEY)


def _cards(products: tuple[Product, ...]) -> tuple[Card, ...]:
    return tuple(Card(n, product) for n, product in enumerate(products, 1))


AUDIO = Evidence(
    Question("something for music under 3000 rupees", "music", filters=Filters(max_price=3000.0)),
    _cards((EARBUDS, SPEAKER)),
    matching=2,
)
GADGET_SHOP = Evidence(
    Question("what gadgets do you have?", "gadgets"), _cards(GADGETS), considered=GADGETS, matching=4
)
GROCERY_SHOP = Evidence(
    Question("which groceries are the best value?", "groceries", aim="superlative"),
    _cards(GROCERIES),
    considered=GROCERIES,
    matching=4,
)

SOFA = Product(
    "f1",
    "Otobi-style Nibir 3 Seater Fabric Sofa (Grey) - with 2 Cushions",
    category="living room",
    brand="Nibir",
    sku="NB-SF-3G",
    url="https://shop.example.com/f1",
    price=32_500.0,
    currency="BDT",
    original_price=38_000.0,
    rating=4.4,
    rating_count=41,
    sales=87,
    colors=("Grey", "Navy Blue", "Beige"),
    seller="Nibir Living",
    description="Mahogany frame, high-density foam, removable covers that can be washed. Assembly takes about "
    "30 minutes; tools are included. Delivery inside Dhaka only.",
    attributes={"Dimensions": "198 x 84 x 79 cm", "Frame": "Mahogany", "Max load": "300 kg", "Warranty": "3 years"},
)
DESK = Product(
    "f2",
    "Hatil Kaj study table w/ drawer 120x60cm",
    category="study tables",
    brand="Kaj",
    sku="KJ-ST-1260",
    url="https://shop.example.com/f2",
    price=8_900.0,
    currency="BDT",
    rating=4.1,
    rating_count=129,
    sales=402,
    colors=("Walnut", "White"),
    seller="Kaj Workshop",
    description="Laminated board on powder-coated steel legs. Two drawers with lock, cable hole. Height 75 cm.",
    attributes={"Top": "Laminated board 18 mm", "Legs": "Steel", "Weight": "23 kg"},
)
STOOL = Product(
    "f3",
    "Bamboo Mora stool handmade",
    category="stools",
    brand="No Brand",
    price=650.0,
    currency="BDT",
    rating=4.9,
    rating_count=11,
    sales=39,
    seller="Gram Bangla Crafts",
    description="Woven by hand in Sylhet. Height: 16 inch. Colour may vary a little.",
    attributes={"Material": "Bamboo, cane"},
)
CREAM = Product(
    "c1",
    "Lumora Vitamin C Day Cream SPF 30 - 50ml",
    category="skin care",
    brand="Lumora",
    sku="LM-VC-50",
    url="https://shop.example.com/c1",
    price=14.5,
    currency="USD",
    original_price=18.0,
    rating=4.2,
    rating_count=2_310,
    description="Light cream with 10% vitamin C and hyaluronic acid. Fragrance-free. For normal to dry skin. "
    "Dermatologically tested. Use within 6 months of opening.",
    attributes={"Volume": "50 ml", "SPF": "30", "Made in": "Korea"},
)
SERUM = Product(
    "c2",
    "Oshadhi Niacinamide 10% + Zinc 1% Face Serum, 30 ml",
    category="skin care",
    brand="Oshadhi",
    sku="OSH-N10",
    url="https://shop.example.com/c2",
    price=9.99,
    currency="USD",
    rating=4.5,
    rating_count=781,
    description="Water-based serum for oily skin. Vegan, not tested on animals. Two to three drops morning and night.",
    attributes={"Volume": "30 ml", "Skin type": "Oily"},
)
KURTI = Product(
    "w1",
    "Rongdhonu Women's Block Print Kurti Long Sleeve",
    category="womens kurtis",
    brand="Rongdhonu",
    sku="RD-KT-77",
    url="https://shop.example.com/w1",
    price=24.0,
    currency="USD",
    rating=4.7,
    rating_count=356,
    sales=1_120,
    colors=("Indigo", "Mustard"),
    sizes=("S", "M", "L", "XL"),
    description="Pure cotton, block printed by hand. Two side pockets. Length 46 inches. Cold wash, do not tumble dry.",
    attributes={"Fabric": "100% Cotton", "Sleeve": "Long", "Neck": "Mandarin collar"},
)
JACKET = Product(
    "w2",
    "Tundra Men Puffer Jacket, Hooded, Water Repellent",
    category="mens jackets",
    brand="Tundra",
    sku="TD-PJ-9",
    url="https://shop.example.com/w2",
    price=59.0,
    price_max=69.0,
    currency="USD",
    original_price=89.0,
    rating=3.9,
    rating_count=64,
    sales=210,
    colors=("Black", "Olive"),
    sizes=("M", "L", "XL", "2XL"),
    description="Polyester shell, synthetic down fill, good to -5 °C. Hood comes off. 4 pockets. Weighs 680 g.",
    attributes={"Shell": "Polyester", "Fill": "Synthetic down"},
)

FURNITURE = Evidence(
    Question("what furniture is there?", "furniture"),
    _cards((SOFA, DESK, STOOL)),
    considered=(SOFA, DESK, STOOL),
    matching=3,
)
BOUTIQUE = Evidence(
    Question("what do you have for skin or to wear?", "skin care and clothes"),
    _cards((CREAM, SERUM, KURTI, JACKET)),
    considered=(CREAM, SERUM, KURTI, JACKET),
    matching=4,
)

WATCH = Product(
    "x1",
    "Haoxing K9 Smart Watch 1.43 inch AMOLED BT Calling | IP68 | 7 Days Battery | 100+ Sports Modes",
    category="smart watches",
    brand="Haoxing",
    sku="HX-K9-BLK",
    url="https://shop.example.com/x1",
    price=3_150.0,
    currency="BDT",
    original_price=4_200.0,
    discount=25.0,
    rating=4.2,
    rating_count=538,
    sales=1_900,
    colors=("Black", "Silver", "Rose Gold"),
    seller="Gadget Para",
    description="Heart rate and SpO2 monitoring, sleep tracking. Resolution 466*466. Strap 22 mm silicone. No GPS. "
    "Charges fully in 2.5 hours. Works with Android 5.0 and iOS 10 or later. 6 months replacement.",
    attributes={"Display": '1.43" AMOLED', "Battery Capacity": "300mAh", "Waterproof": "IP68", "Model": "K9"},
)
FAN = Product(
    "x2",
    'Batash 16" Stand Fan 3-speed w/ Remote',
    category="fans",
    brand="Batash",
    sku="BT-SF16R",
    url="https://shop.example.com/x2",
    price=3_890.0,
    currency="BDT",
    rating=4.5,
    rating_count=92,
    sales=310,
    colors=("White/Blue",),
    seller="Batash Authorised Store",
    description="Five AS blades, copper motor 55W. Timer up to 7.5 hrs. Height adjusts from 110 to 130 cm. "
    "Noise below 50 dB. 2 years motor warranty.",
    attributes={"Power": "55 W", "Blades": "5", "Voltage": "220-240V"},
)
TOY = Product(
    "x3",
    "Khelaghor Wooden Building Blocks 100 pcs (3+ Years)",
    category="toys",
    brand="Khelaghor",
    sku="KG-WB-100",
    url="https://shop.example.com/x3",
    price=1_100.0,
    currency="BDT",
    rating=4.8,
    rating_count=205,
    sales=760,
    seller="Khelaghor",
    description="Beech wood, water-based paint, rounded edges. 12 shapes in 6 colours. "
    "Comes in a cloth bag with drawstring.",
    attributes={"Age": "3 years and up", "Pieces": "100"},
)
PAN = Product(
    "x4",
    "Rannaghor Non-Stick Fry Pan 26cm Granite Coating - Induction Base",
    category="cookware",
    brand="Rannaghor",
    sku="RG-FP26",
    price=1_250.0,
    price_max=None,
    currency="BDT",
    original_price=1_450.0,
    rating=4.0,
    rating_count=1,
    url="https://shop.example.com/x4",
    colors=("Grey",),
    sizes=("24cm", "26cm", "28cm"),
    seller="Rannaghor",
    description="Aluminium body, bakelite handle. Do not use metal spoons. Hand wash recommended. Free spatula.",
    attributes={"Diameter": "26 cm", "Thickness": "3 mm", "Weight": "850 g"},
)
NOVEL = Product(
    "x5",
    "Nodir Majhi (Paperback) by Anwar Mollik",
    category="books",
    brand="Boi Bichitra",
    price=280.0,
    currency="BDT",
    rating=None,
    rating_count=0,
    url="https://shop.example.com/x5",
    seller="Boi Bichitra",
    description="A novel of the river Padma. Second edition, 2019. In Bangla.",
    attributes={"Author": "Anwar Mollik", "Pages": "192", "ISBN": "9789840000012", "Language": "Bangla"},
)

MIXED = Evidence(
    Question("a gift under 4000 taka", "gift", filters=Filters(max_price=4000.0)),
    _cards((WATCH, FAN, TOY, PAN, NOVEL)),
    considered=(WATCH, FAN, TOY, PAN, NOVEL),
    matching=5,
)

PHONE = Product(
    "y1",
    'Zentra Nova 7 5G (Mint, 8+128) | 6.67" 120Hz | 50MP OIS | 67W',
    category="Mobiles & Tablets > Smartphones",
    brand="Zentra",
    sku="ZN7-8128-MT",
    url="https://shop.example.com/y1",
    price=17_499.0,
    currency="INR",
    original_price=21_999.0,
    rating=4.1,
    rating_count=12_764,
    sales=None,
    colors=("Mint", "Graphite"),
    sizes=("8GB+128GB", "12GB+256GB"),
    seller="Zentra Store",
    description="5100 mAh, 0-50% in 18 min. Gorilla Glass 5. Stereo speakers, 3.5mm jack missing. "
    "Side fingerprint reader.",
    attributes={
        "RAM": "8 GB",
        "Storage": "128 GB",
        "Weight": "189 g",
        "OS": "Android 15",
        "In the box": "Charger, case",
    },
)
CHARGER = Product(
    "y2",
    "Voltix 20000mAh Power Bank 22.5W 3 outputs",
    category="Power Banks",
    brand="Voltix",
    url="https://shop.example.com/y2",
    price=1_799.0,
    currency="INR",
    rating=4.4,
    rating_count=3_310,
    colors=("Black",),
    seller="Chip Mart",
    description="Two USB-A and one Type-C. Flight safe. BIS certified. Recharges in 6-7 hrs. Weight 420 g.",
    attributes={"Warranty": "180 days"},
)
BLENDER = Product(
    "y3",
    "Mixora 750W Mixer Grinder 3 Jar Combo (White-Blue)",
    category="Kitchen Appliances",
    brand="Mixora",
    sku="MX750",
    url="https://shop.example.com/y3",
    price=2_799.0,
    currency="INR",
    original_price=3_999.0,
    discount=30.0,
    rating=3.9,
    rating_count=2_045,
    colors=("White Blue",),
    seller="Chip Mart",
    description="Jars of 1.5 L, 1 L and 0.4 L. Stainless steel blades. Speed control with pulse. "
    "Motor runs 30 minutes.",
    attributes={"Warranty": "2 years product, 5 years motor", "Cord": "1.2 m"},
)
DOGFOOD = Product(
    "y4",
    "Bhuli Adult Dog Food Chicken & Rice 3 kg",
    category="Pet Supplies",
    brand="Bhuli",
    url="https://shop.example.com/y4",
    price=849.0,
    currency="INR",
    rating=4.6,
    rating_count=512,
    seller="Paw Junction",
    description="24% protein, 10% fat. For dogs above 1 year. No artificial colours. "
    "Best before 18 months from packing.",
    attributes={"Flavour": "Chicken", "Life stage": "Adult", "Net quantity": "3 kg"},
)

INDIAN = Evidence(
    Question("anything good on sale?", "sale"),
    _cards((PHONE, CHARGER, BLENDER, DOGFOOD)),
    considered=(PHONE, CHARGER, BLENDER, DOGFOOD),
    matching=4,
)
