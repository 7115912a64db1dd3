"""Write the passwords that everybody thinks of first, out of what such passwords are made of."""

import itertools
import textwrap
from pathlib import Path

LISTED = Path(__file__).parents[1] / "shared/auzap/identity/common_passwords.txt"
WIDTH = 120


def _words(text: str) -> list[str]:
    return text.split()


SECRETS = _words("""
senha senhas minhasenha suasenha novasenha senhasegura senhaforte senhafacil senhadificil senhasecreta semsenha mudar
mudarsenha trocarsenha trocar acesso entrar login logon segredo secreto chave codigo password passwd passw pass mypass
mypassword newpassword oldpassword letmein welcome secret changeme changeit default master access open opensesame
private security secure admin admins administrador administrator adm root user usuario usuaria username teste testes
testando test tests testing tester demo demonstracao convidado guest visitante temp temporario temporary padrao
sistema system server servidor internet wifi rede network computador computer notebook celular telefone iphone android
google facebook instagram whatsapp youtube twitter microsoft windows linux office gmail hotmail outlook yahoo netflix
amazon apple samsung motorola nokia brasil brazil saopaulo riodejaneiro minasgerais bahia parana curitiba salvador
fortaleza recife brasilia portugal lisboa auzap petshop pet auau miau amormeu banhoetosa banho tosa veterinaria
veterinario clinica hospital pets animais bichos patinhas
""")
LOVE = _words("""
iloveyou iloveme loveyou love lover loveme euteamo teamo teadoro amor amores meuamor minhavida meubem meuanjo coracao
paixao felicidade saudade sempre parasempre eterno eterna princesa princess principe prince queen rainha rei king anjo
angel estrela star beleza linda lindo gata gato fofa fofo docinho bebe baby querida querido vida sonho sonhos dream
dreams happy feliz sorriso sunshine sunflower flower girassol rosa flor borboleta butterfly familia family mae pai
filha filho irma irmao vovo amigo amigos amizade friend friends forever saudades beijo beijos carinho esperanca hope
faith peace paz luz
""")
FAITH = _words("""
deus deusefiel deuseamor deusnocomando jesus jesuscristo jesusteama jesusloves cristo senhor espiritosanto
nossasenhora aparecida saojorge saomiguel santaluzia gloria gloriaadeus aleluia amem amen fe graca milagre milagres
vitoria bencao igreja biblia salmo salmos oracao anjodaguarda godisgood godislove blessed trustno trustnoone genesis
heaven
""")
TEAMS = _words("""
flamengo vasco vascodagama botafogo fluminense corinthians palmeiras santos saopaulofc spfc gremio internacional
cruzeiro atletico atleticomineiro galo athletico coritiba bahiaec sportrecife nautico santacruz ceara goias avai
figueirense chapecoense juventude criciuma pontepreta guarani portuguesa bragantino fortalezaec mengao mengo timao
verdao tricolor peixe colorado raposa fogao flu vascao corintiano palmeirense flamenguista santista gremista benfica
porto sporting barcelona realmadrid liverpool arsenal chelsea manchester juventus milan selecao hexa pentacampeao
campeao futebol football soccer basketball baseball hockey volei neymar messi ronaldo ronaldinho pele maradona kaka
romario zico senna ayrtonsenna
""")
THINGS = _words("""
abacate abacaxi abelha abril agosto agua aguia alegria amarelo amizades aniversario aquario areia arvore aventura azul
baleia banana batata batman bicicleta biscoito bola boneca branco brigadeiro brinquedo cachorro cachorrinho cafe
cafezinho caminhao caneta capitao caramelo carnaval carro casa casamento castelo cavalo cebola cenoura cereja
chocolate chuva cidade cinema cobra coelho computadores comida coracaozinho coruja crianca dado dezembro diamante
dinheiro dinossauro dragao elefante escola escritorio espada estrada estrelinha festa flores floresta fogo formiga
futuro galinha galaxia garfo gatinha gatinho gelado girafa golfinho guitarra homem homemaranha igreja ilha janeiro
janela jardim julho junho laranja leao leite limao livro lobo lua luar maca macaco madeira maio manga mar maravilha
marco margarida mel melancia menina menino mexerica mochila moeda montanha morango morcego mulher mundo musica natal
natureza neve noite novembro nuvem onca ouro outubro ovelha paciencia padaria palhaco panda pantera papagaio pascoa
passarinho pastel pato pedra peixinho perfume perola piano pimenta pinguim pipoca pirata piscina pizza planeta polvo
porta praia prata preto primavera quadro queijo raio raposinha relogio rio rochedo rodrigues roxo sabado sapato sapo
serpente setembro sereia sol sorvete superman tartaruga tempo terra tesouro tigre tomate trabalho trem tubarao tulipa
uniao universo urso ursinho uva vampiro vento verao verde vermelho viagem violao violeta xadrez xicara zebra animal
apple august autumn banana basket bear beautiful bird black blue boat book boss bridge brother butter camera candy
castle cat charlie cheese cherry chicken chocolate christmas coffee cookie cowboy crystal dallas dancer danger dark
december diamond doctor dog dolphin dragon eagle earth elephant evil extreme falcon february fire fish fishing flower
flowers football freedom friday fuck fuckyou galaxy game games garden ghost ginger gold golden golf green guitar
hammer harley heart hello hunter january jordan july june jungle junior kitten knight legend lemon lion little lizard
lucky magic march marine matrix melon mercedes ferrari corvette mustang porsche yamaha honda kawasaki suzuki monday
money monkey monster moon mother mountain mouse music mustang naruto sasuke goku pokemon pikachu mario sonic zelda
minecraft roblox fortnite freefire valorant counterstrike night ninja november ocean october orange panther paradise
party peanut pepper phoenix pineapple player please police power puppy purple rabbit rainbow ranger rebel red river
robot rocket rock rockstar samurai saturday school scorpion secretary september shadow shark silver sister skull sky
slayer smile snake snow snowball soldier spider spiderman spring starwars storm strawberry summer sunday super sweet
tennis thunder tiger titan toyota travel tree trigger trouble turtle unicorn united victory viking violet warrior
water whatever white wicked willow winner winter wizard wolf wolverine wonder yellow zombie
""")
NAMES = _words("""
adriana adriano alan alana alberto alessandra alex alexandra alexandre alice aline amanda amelia ana anabeatriz
anaclara anajulia analuiza anapaula andre andrea andreia andressa andrew angela anita anthony antonia antonio
aparecido arthur ashley augusto barbara beatriz benicio benjamin bernardo bia bianca brenda bruna bruno caio camila
camilo carla carlos carol carolina caroline catarina cecilia celia celso charles chico christian clara claudia claudio
cleber cristiane cristiano cristina daniel daniela daniele danilo david davi debora denis denise diana diego douglas
edson eduarda eduardo elaine eliana eliane elisa elizabeth eloa emanuel emily enzo eric erica erick estela evelyn
fabiana fabio fabricio felipe fernanda fernando flavia flavio francisca francisco gabi gabriel gabriela gabrielle
george geovana geraldo gilberto giovana giovanna gisele giulia graziela guilherme gustavo hannah heitor helena helio
henrique henry hugo igor ingrid isaac isabel isabela isabella isadora isis ivan jacqueline jaqueline james janaina
jaime jean jefferson jennifer jessica joana joao joaomiguel joaopedro joaopaulo joaquim jonathan jorge jose joseph
josiane joshua juan julia juliana juliano julio junior kaique karen karina kelly kevin lais laura larissa lavinia
leandro leonardo leticia lilian livia lorena lorenzo luana lucas lucca luciana luciano lucia luis luisa luiz luiza
maisa manuela marcela marcelo marcia marcio marcos marcus maria mariaclara mariaeduarda mariajose mariana mariane
marina mario marisa mark marta mateus matheus matthew mauricio mauro melissa mia michael michel michele michelle
miguel milena mirela monica murilo nair natalia natalie nathalia nicole nicolas nilton noah olivia otavio pablo pamela
patricia patrick paula paulo pedro pedrohenrique pietra pietro priscila rafael rafaela raimundo raquel raul rebeca
regina reginaldo renan renata renato ricardo richard rita robert roberta roberto robson rodrigo rogerio ronaldo rosana
rosangela rosemary ruan ruth ryan samuel sabrina sandra sara sarah sebastiao sergio silvana silvia simone sofia sophia
sonia stefany stella suelen suzana tainara talita tania tatiana tatiane teresa thais thales theo thiago thomas tiago
valentina valeria vanessa vera veronica victor victoria vinicius vitor vitoria viviane wagner walter wanderley
wellington wesley william willian yago yasmin yuri zilda silva santos souza oliveira pereira lima carvalho ferreira
ribeiro almeida costa gomes martins araujo melo barbosa alves rocha dias monteiro mendes barros freitas moreira
cardoso nascimento rodrigues fernandes lopes
""")
PETS = _words("""
rex thor luna mel bob nina max lola billy belinha amora fred pipoca bidu toto zeus simba nala princesa pretinha
branquinha pitoco lulu lassie scooby snoopy pluto garfield frajola mingau frida chico meg maya bella toby apolo athena
bolinha costelinha farofa pacoca caramelo tigrao malhado neguinho fofinha bichinho golden labrador poodle pitbull
rottweiler shihtzu yorkshire dachshund salsicha buldogue vira-lata viralata persa siames
""")
WALKS = _words("""
1234567890 0987654321 qwertyuiop poiuytrewq asdfghjkl lkjhgfdsa zxcvbnm mnbvcxz 0123456789 9876543210
abcdefghijklmnopqrstuvwxyz zyxwvutsrqponmlkjihgfedcba qazwsxedcrfvtgbyhnujm 1q2w3e4r5t6y7u8i9o0p q1w2e3r4t5y6
1qaz2wsx3edc4rfv zaq1xsw2cde3vfr4 qweasdzxc 147258369 159753 789456123 741852963 a1b2c3d4e5f6 abc123def456
1a2b3c4d5e6f aqwzsxedc 102030405060 112233445566 121212 123321 654321
""")
SHORTEST_WALK = 3
BEFORE = ("meu", "minha", "amo", "euamo", "iam", "my", "ilove", "super", "the")
AFTER = (
    "linda",
    "lindo",
    "amor",
    "love",
    "forever",
    "brasil",
    "campeao",
    "teamo",
    "senha",
    "admin",
    "petshop",
    "girl",
    "boy",
)


def entries() -> list[str]:
    """Words alone; names and teams with what people set before and behind them; stretches of the keyboard from its edges."""
    dear = [*NAMES[:150], *PETS, *TEAMS[:30]]
    words = {*SECRETS, *LOVE, *FAITH, *TEAMS, *THINGS, *NAMES, *PETS}
    made = {before + word for before, word in itertools.product(BEFORE[:4], dear)}
    made |= {word + after for word, after in itertools.product(dear, AFTER[:4])}
    made |= {before + word for before, word in itertools.product(BEFORE, [*LOVE, *SECRETS[:20]])}
    made |= {first + second for first, second in itertools.product(SECRETS[:12], AFTER)}
    walked = {walk[:end] for walk in WALKS for end in range(SHORTEST_WALK, len(walk) + 1)}
    return sorted(words | made | walked)


def written() -> str:
    return "\n".join(textwrap.wrap(" ".join(entries()), WIDTH, break_on_hyphens=False)) + "\n"


if __name__ == "__main__":
    LISTED.write_text(written(), "utf-8")
