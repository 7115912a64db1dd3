"""What the shop has taught its agent, and how it likes things said."""

from psycopg import Connection
from psycopg.rows import TupleRow

# Category, question, answer.
ENTRIES = (
    ("policies", "Quais formas de pagamento vocês aceitam?",
     "Aceitamos Pix, dinheiro e cartões de débito e crédito, e parcelamos em até três vezes acima de R$ 150,00."),
    ("policies", "Preciso levar alguma coisa para o banho?",
     "Não precisa: usamos toalhas e produtos nossos. Se o pet usa um shampoo especial, pode trazer."),
    ("policies", "Quanto tempo de tolerância para atraso?",
     "Esperamos quinze minutos. Depois disso, encaixamos no próximo horário livre do dia."),
    ("policies", "Posso ficar junto durante o banho?",
     "A área de banho tem um vidro, e dá para acompanhar tudo da recepção."),
    ("policies", "Quais vacinas são exigidas no hotel e na creche?",
     "V8 ou V10, antirrábica e gripe em dia, além do vermífugo. Na chegada, a equipe olha a carteirinha."),
    ("policies", "Vocês aceitam cachorro bravo?",
     "Aceitamos, com focinheira e horário mais calmo. Avise antes, para reservarmos mais tempo."),
    ("policies", "Vocês aceitam cadela no cio?",
     "No banho, sim, em horário separado. No hotel e na creche, não durante o cio."),
    ("policies", "A partir de que idade o filhote pode tomar banho?",
     "A partir de três meses e com as primeiras vacinas tomadas."),
    ("policies", "Posso levar a comida do meu pet para o hotel?",
     "Pode e é o ideal: traga a ração de sempre em porções, com o nome do pet."),
    ("services", "Vocês secam com secador?",
     "Usamos soprador e secador morno, sem gaiola. Para quem tem medo, secamos com toalha."),
    ("services", "Como é o passeio no hotel?",
     "São dois passeios por dia, de vinte minutos, um de manhã e outro no fim da tarde."),
    ("services", "O hotel tem câmera?",
     "A suíte tem câmera, e mandamos fotos de todos os hóspedes uma vez por dia."),
    ("services", "Vocês usam produto para pele sensível?",
     "Sim, a linha hipoalergênica e sem perfume fica à disposição; é só pedir ao marcar."),
    ("services", "Vocês fazem tosa na tesoura?",
     "Fazemos, dentro da tosa completa. Para pelos longos, reserve um horário de manhã."),
    ("services", "Vocês atendem gatos?",
     "Atendemos, com sala silenciosa e horários só para gatos nas manhãs de terça e quinta."),
    ("services", "Como funciona o adestramento?",
     "Começa com uma avaliação de seis pontos e segue com sessões de uma hora, uma a três vezes por semana."),
    ("services", "Vocês fazem consulta em domicílio?",
     "Não, as consultas são na loja, com a Dra. Camila."),
    ("hours", "Vocês abrem em feriado?",
     "Em feriados nacionais a loja fecha; o hotel segue com os hóspedes que já chegaram."),
    ("hours", "Qual o horário de entrada e saída do hotel?",
     "Entrada e saída entre 8h e 18h, todos os dias, também aos domingos."),
    ("general", "Tem estacionamento?",
     "Tem vagas na porta, sem custo para clientes."),
    ("general", "Vocês vendem remédio?",
     "Vendemos antipulgas e vermífugos; remédios com receita, só com a receita da veterinária."),
    ("general", "Vocês dão desconto para mais de um pet?",
     "Não temos desconto fixo, mas quem leva dois pets no mesmo dia ganha prioridade no horário."),
    ("general", "Vocês trabalham com adoção?",
     "No primeiro sábado do mês recebemos uma feira de adoção com uma ONG do bairro."),
    ("prices", "A hidratação precisa ser feita junto com o banho?",
     "Precisa: ela entra como adicional do banho, do banho e tosa ou da tosa completa."),
    ("prices", "A taxa de nó é cobrada à parte?",
     "Pelo muito embolado pede mais tempo; avaliamos na chegada e combinamos o valor antes de começar."),
    ("emergencies", "O que faço se meu pet passar mal à noite?",
     "Leve ao Hospital Veterinário Santa Cruz, na Av. Santa Cruz, 2395, aberto 24 horas."),
)  # fmt: skip
INTERNAL = (("policies", "Qual a margem para desconto em pacotes?", "Até 10 %, e só com o aval da Helena."),)
WORDINGS = (
    ("greeting", "morning", "Bom dia! ☀️ Que bom te ver por aqui."),
    ("greeting", "afternoon", "Boa tarde! Que bom te ver por aqui."),
    ("greeting", "night", "Boa noite! 🌙 A loja já descansou, mas eu sigo por aqui."),
    ("greeting", "new", "Oi, seja muito bem-vindo à Patas & Cia! 🐾"),
    ("greeting", "vip", "Oi! É sempre uma alegria falar com você. 🐾"),
    ("greeting", "inactive", "Oi! Que saudade de vocês por aqui. 🐾"),
    ("confirmation", "any", "Combinado, já está na agenda! 🐾"),
    ("celebration", "any", "Que delícia de notícia! 🎉"),
    ("closing", "any", "Qualquer coisa, é só chamar. 🐾"),
    ("error", "any", "Ops, me enrolei aqui. Pode repetir, por favor?"),
)


def make(connection: Connection[TupleRow]) -> None:
    for audience, entries in (("customers", ENTRIES), ("internal", INTERNAL)):
        for category, question, answer in entries:
            connection.execute(
                """
                INSERT INTO knowledge_entries (question, answer, category, audience, source)
                VALUES (%s, %s, %s, %s, 'demonstration')
                """,
                [question, answer, category, audience],
            )
    for wording in WORDINGS:
        connection.execute("INSERT INTO wordings (kind, occasion, text) VALUES (%s, %s, %s)", wording)
